/// The documentation page that lists all options of all commands, as Markdown.
func optionReference(of commands: [CommandDescription]) -> String {
  """
  # Options

  All options of all commands.

  This page is generated from the table that parsing and `--help` use.

  \(commands.map(\.markdown).joined(separator: "\n"))
  """
}

extension CommandDescription {
  /// A section with a table for each group of options.
  fileprivate var markdown: String {
    let tables = optionGroups.map { group in
      "### \(name): \(group.title)\n\n\(table(of: group.options))\n"
    }
    return """
      ## charnn \(name)

      `\(usage)`

      ```sh
      \(examples.map { "\(padded($0.line + " ", columns: 46))# \($0.effect)" }.joined(separator: "\n"))
      ```

      \(discussion)

      \(tables.joined(separator: "\n"))
      """
  }

  private func table(of options: [OptionDescription]) -> String {
    let rows = options.map { option in
      let spelling = option.spelling.split(separator: "|").joined(separator: "\\|")
      return "| `\(spelling)` | \(option.defaultText ?? "") | \(option.help) |"
    }
    return (["| option | default | meaning |", "| --- | --- | --- |"] + rows)
      .joined(separator: "\n")
  }
}
