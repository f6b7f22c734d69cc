/// The learning curves of some models as a picture in SVG, legible on light and dark backgrounds.
///
/// Of one model the two curves have a colour each; of several, each model has one. The held-out curve is
/// dashed.
func curvePicture(_ models: [(name: String, curve: LearningCurve)]) -> String {
  CurvePicture(models: models).text
}

private struct CurvePicture {
  let models: [(name: String, curve: LearningCurve)]
  private let axes: (epochs: AxisScale, perplexity: AxisScale)
  private let width = 760.0
  /// Where the axes are, in pixels.
  private let left = 80.0
  private let right = 735.0
  private let top = 60.0
  private let bottom = 400.0
  private let lineHeight = 22.0

  init(models: [(name: String, curve: LearningCurve)]) {
    self.models = models
    axes = LearningCurve.axes(models.map(\.curve))
  }

  var text: String {
    let height = bottom + 70 + lineHeight * Double(entries.count)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(tenths(width)) \(tenths(height))" \
      width="\(tenths(width))" height="\(tenths(height))" role="img">
      \(ReportMark.picture)
      <title>\(escapedForPage(title))</title>
      <style>
      \(CurvePicture.styleSheet)
      </style>
      <rect class="background" width="100%" height="100%"/>
      <text x="\(tenths(left))" y="32" class="title">\(escapedForPage(title))</text>
      \((grid + curves + legend).joined(separator: "\n"))
      </svg>

      """
  }

  private static let styleSheet = """
    svg{--ink:#222;--faint:#ddd;--paper:#fff;--c0:#1f5fc4;--c1:#b45f00;--c2:#1a7f4b;--c3:#a8327e;
    --c4:#6a4fc0;--c5:#7a6a00}
    @media(prefers-color-scheme:dark){svg{--ink:#ddd;--faint:#444;--paper:#1b1b1b;--c0:#7fb0ff;
    --c1:#ffb057;--c2:#66cf97;--c3:#f08fcb;--c4:#b9a5ff;--c5:#d8c64a}}
    .background{fill:var(--paper)} text{fill:var(--ink);font:14px system-ui,sans-serif}
    .title{font-size:17px;font-weight:600} .grid{stroke:var(--faint)} .curve{fill:none;stroke-width:2}
    .dashed{stroke-dasharray:6 4} .c0{stroke:var(--c0)} .c1{stroke:var(--c1)} .c2{stroke:var(--c2)}
    .c3{stroke:var(--c3)} .c4{stroke:var(--c4)} .c5{stroke:var(--c5)}
    .best{fill:var(--paper);stroke-width:2.5}
    """

  private var measure: String {
    let measures = models.map(\.curve.measure)
    return measures.allSatisfy { $0 == measures.first } ? measures.first ?? "" : "perplexity"
  }

  private var title: String {
    let name = models.count == 1 ? models[0].name : "\(models.count) models"
    return "\(measure) of \(visible(name))"
  }

  private func x(_ epoch: Double) -> Double {
    left + (right - left) * axes.epochs.fraction(of: epoch)
  }

  private func y(_ perplexity: Double) -> Double {
    bottom - (bottom - top) * axes.perplexity.fraction(of: perplexity)
  }

  private var grid: [String] {
    let horizontal = axes.perplexity.ticks(atMost: 8).flatMap { tick in
      [
        line(left, y(tick), right, y(tick)),
        label(tickText(tick), left - 10, y(tick) + 5, anchor: "end"),
      ]
    }
    let vertical = axes.epochs.ticks(atMost: 8).flatMap { tick in
      [
        line(x(tick), top, x(tick), bottom),
        label(tickText(tick), x(tick), bottom + 22, anchor: "middle"),
      ]
    }
    let middle = tenths((top + bottom) / 2)
    return horizontal + vertical + [
      label("epochs", (left + right) / 2, bottom + 44, anchor: "middle"),
      "<text transform=\"rotate(-90 20 \(middle))\" x=\"20\" y=\"\(middle)\" "
        + "text-anchor=\"middle\">\(escapedForPage(measure)), logarithmic</text>",
    ]
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    "<line class=\"grid\" x1=\"\(tenths(x1))\" y1=\"\(tenths(y1))\" x2=\"\(tenths(x2))\" "
      + "y2=\"\(tenths(y2))\"/>"
  }

  private func label(_ text: String, _ x: Double, _ y: Double, anchor: String = "start") -> String {
    "<text x=\"\(tenths(x))\" y=\"\(tenths(y))\" text-anchor=\"\(anchor)\">"
      + "\(escapedForPage(visible(text)))</text>"
  }

  private var curves: [String] {
    models.enumerated().flatMap { number, model in
      var curve = model.curve
      // More points than pixels.
      curve.thin(to: 2000)
      let colors = colors(ofModel: number)
      return [
        path(curve.training, "curve \(colors.training)"),
        path(curve.heldOut, "curve dashed \(colors.heldOut)"),
        curve.best.map { best in
          "<circle class=\"best \(curve.heldOut.isEmpty ? colors.training : colors.heldOut)\" "
            + "cx=\"\(tenths(x(best.epoch)))\" cy=\"\(tenths(y(best.perplexity)))\" r=\"5\"/>"
        },
      ].compactMap(\.self)
    }
  }

  private func colors(ofModel number: Int) -> (training: String, heldOut: String) {
    models.count == 1 ? ("c0", "c1") : ("c\(number % 6)", "c\(number % 6)")
  }

  private func path(_ points: [LearningCurve.Point], _ classes: String) -> String? {
    guard points.count > 1 else { return nil }
    let places = points.map { "\(tenths(x($0.epoch))),\(tenths(y($0.perplexity)))" }
    return "<polyline class=\"\(classes)\" points=\"\(places.joined(separator: " "))\"/>"
  }

  /// What the legend says of each curve and each best point, with its class.
  private var entries: [(text: String, classes: String)] {
    models.enumerated().flatMap { number, model in
      let colors = colors(ofModel: number)
      let best = model.curve.best.map { best in
        "; best \(perplexityText(best.perplexity)) at epoch \(epochText(best.epoch))"
      }
      let isJudged = !model.curve.heldOut.isEmpty
      let trained = ("\(model.name), in training\(isJudged ? "" : best ?? "")", colors.training)
      return isJudged
        ? [trained, ("\(model.name), held out\(best ?? "")", "dashed \(colors.heldOut)")]
        : [trained]
    }
  }

  private var legend: [String] {
    entries.enumerated().flatMap { number, entry in
      let y = bottom + 72 + lineHeight * Double(number)
      return [
        "<line class=\"curve \(entry.classes)\" x1=\"\(tenths(left))\" y1=\"\(tenths(y))\" "
          + "x2=\"\(tenths(left + 36))\" y2=\"\(tenths(y))\"/>",
        label(entry.text, left + 46, y + 5),
      ]
    }
  }

  private func tenths(_ value: Double) -> String { fixed(value, decimals: 1) }
}
