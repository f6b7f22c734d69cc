/// What a file of this process's control group says, and those of the groups around it (Linux,
/// cgroups(7)); nothing where there are none.
///
/// - Parameters:
///   - name: of the file in version 2.
///   - oldName: in version 1, of the controller that its first word names.
func controlGroupFiles(_ name: String, _ oldName: String? = nil) -> [String] {
  let groups = text(ofFile: "/proc/self/cgroup") ?? ""
  return controlGroupPaths(groups, name, oldName).compactMap(text(ofFile:))
}

/// The files that may hold a limit, for a process whose `/proc/self/cgroup` is `groups`.
func controlGroupPaths(_ groups: String, _ name: String, _ oldName: String?) -> [String] {
  groups.split(separator: "\n").flatMap { line -> [String] in
    let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3 else { return [] }
    let controllers = fields[1].split(separator: ",")
    if fields[1].isEmpty { return ancestors(of: fields[2]).map { "/sys/fs/cgroup\($0)/\(name)" } }
    guard let oldName, let controller = oldName.split(separator: ".").first,
      controllers.contains(controller)
    else { return [] }
    return ancestors(of: fields[2]).map { "/sys/fs/cgroup/\(fields[1])\($0)/\(oldName)" }
  }
}

/// `/a/b` is in `/a/b`, `/a` and the root, which is empty.
private func ancestors(of path: Substring) -> [String] {
  let parts = path.split(separator: "/")
  return (0...parts.count).map { parts.prefix($0).map { "/\($0)" }.joined() }
}

/// The text of a file, if it can be read.
func text(ofFile path: String) -> String? {
  (try? bytes(ofFile: path)).map { String(decoding: $0, as: UTF8.self) }
}
