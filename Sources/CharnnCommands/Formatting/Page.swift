/// A page of HTML that needs no network: its style and script are in it.
///
/// - Parameters:
///   - title: plain text.
///   - style: rules besides those of every page, among which are the colours of `Shade`.
///   - body: HTML.
func page(title: String, style: String = "", body: String) -> String {
  """
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  \(ReportMark.page)
  <meta name="viewport" content="width=device-width">
  <meta name="color-scheme" content="light dark">
  <title>\(escapedForPage(title))</title>
  <style>
  body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;
  color:#222;background:#fff}
  pre{font:15px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
  @media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}}
  \(Shade.styleSheet)
  \(style)
  </style>
  </head>
  <body>
  <h1>\(escapedForPage(title))</h1>
  \(body)
  </body>
  </html>

  """
}

/// What marks a page or a picture as one that charnn made and may replace. It stands near the beginning.
enum ReportMark {
  static let page = #"<meta name="generator" content="charnn">"#
  static let picture = "<!-- generator: charnn -->"
}

/// A text for use in HTML, also between quotation marks.
func escapedForPage(_ text: String) -> String {
  // By scalars: a mark that combines with "<" does not make it another one.
  text.unicodeScalars.map { scalar in
    switch scalar {
    case "&": "&amp;"
    case "<": "&lt;"
    case ">": "&gt;"
    case "\"": "&quot;"
    default: String(scalar)
    }
  }.joined()
}
