import RecurrentLM

/// A page that shows what each unit does at each character of a text: one is chosen by a click.
struct UnitPage {
  let title: String
  /// What the model is.
  let summary: String
  let architecture: Architecture
  let text: InspectedText
  let correlations: UnitCorrelations
  /// By unit.
  let activities: [[Float]]

  /// How many characters of a text a page shows, so that it has no more than 4 million activations.
  static func characters(_ architecture: Architecture) -> Int {
    let units = architecture.layers * architecture.directions * architecture.hidden
    return max(100, min(10_000, 4_000_000 / units))
  }

  var html: String {
    page(
      title: title, style: pageStyle,
      body: """
        <p>\(escapedForPage(summary)). Each character is coloured by the activity of one unit (\
        \(escapedForPage(architecture.activity.name))) once it has been read: \
        <span class="n5">negative</span> or <span class="p5">positive</span>.</p>
        <main><nav>
        <h2>Telling units</h2>
        <div id="telling"></div>
        <h2>All units</h2>
        <label>by correlation with <select id="feature"></select></label>
        <div id="grids"></div>
        </nav><section>
        <p id="chosen" aria-live="polite"></p>
        <pre id="text">\(escapedForPage(vocabularyText))</pre>
        <p id="character">&nbsp;</p>
        </section></main>
        <script type="application/json" id="data">\(data)</script>
        <script>\(pageScript)</script>
        """)
  }

  private var vocabularyText: String { text.vocabulary.text(of: text.ids) }

  /// What the script reads. The activations are a byte each, divided by the largest of their unit.
  private var data: String {
    let scales = activities.map { values in
      min(max(1e-6, values.map { abs($0) }.max() ?? 0), .greatestFiniteMagnitude)
    }
    let bytes = zip(activities, scales).flatMap { values, scale in
      values.map { value in
        let share = value / scale
        // A ReLU may overflow.
        return share.isFinite ? UInt8(128 + (127 * share).rounded()) : 128
      }
    }
    var line = JSONLine()
    line.add("text", vocabularyText)
    line.add("units", correlations.units.map(\.name))
    line.add("features", correlations.features.map(\.name))
    line.add(
      "correlations",
      correlations.features.indices.map { feature in
        correlations.units.indices.map { unit in
          Int((100 * correlations.correlation(feature: feature, unit: unit)).rounded())
        }
      })
    line.add("telling", correlations.mostTelling.map { [$0.unit.name, $0.feature] })
    line.add("groups", groups)
    line.add("hidden", architecture.hidden)
    line.add("scales", scales)
    line.add("activations", Data(bytes).base64EncodedString())
    // In a page, no text may end the script that it stands in.
    // By scalars: one that combines with "<" does not hide it.
    return line.text.unicodeScalars.map { $0 == "<" ? "\\u003c" : String($0) }.joined()
  }

  /// The names of layers and directions.
  private var groups: [String] {
    (0..<architecture.layers).flatMap { layer in
      (0..<architecture.directions).map { architecture.name(ofLayer: layer, direction: $0) }
    }
  }
}

private let pageStyle = """
  body{max-width:90em}
  h1{overflow-wrap:anywhere}
  main{display:grid;grid-template-columns:minmax(0,23em) minmax(0,1fr);gap:2em;align-items:start}
  @media(max-width:55em){main{grid-template-columns:minmax(0,1fr)}}
  h2{font-size:1.05em;margin:1em 0 .3em}
  h3{font-size:.9em;margin:.8em 0 .2em}
  button{font:inherit;color:inherit;border:0;border-radius:3px;cursor:pointer;background:#8883}
  #telling button{display:flex;justify-content:space-between;width:100%;margin:2px 0;padding:.2em .5em}
  .grid{display:flex;flex-wrap:wrap;gap:1px}
  .grid button{width:14px;height:14px;padding:0}
  .grid .p1,.grid .p2,.grid .p3,.grid .p4,.grid .p5,.grid .p6{border-radius:7px}
  [aria-pressed=true]{outline:2px solid CanvasText;outline-offset:1px;position:relative}
  section{position:sticky;top:1em}
  #text{max-height:70vh;overflow:auto}
  .end::before{content:"↵";opacity:.5}
  #text span:hover{outline:1px solid currentColor}
  """

private let pageScript = """
  'use strict';
  const element = id => document.getElementById(id);
  const data = JSON.parse(element('data').textContent);
  const bytes = atob(data.activations);
  const characters = Array.from(data.text);
  const value = (unit, index) => (bytes.charCodeAt(unit * characters.length + index) - 128) / 127;
  const signed = number => (number < 0 ? '' : '+') + number.toFixed(2);
  const shade = value => {
    const level = Math.round(6 * value);
    return level > 0 ? 'p' + level : level < 0 ? 'n' + -level : '';
  };
  const correlation = (feature, unit) => data.correlations[feature][unit] / 100;
  const best = unit => data.features.map((name, feature) => [name, correlation(feature, unit)])
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const button = (unit, label) => {
    const made = document.createElement('button');
    made.dataset.unit = unit;
    for (const text of label) {
      const span = document.createElement('span');
      span.textContent = text;
      made.append(span);
    }
    return made;
  };
  let chosen = 0;

  element('text').textContent = '';
  const spans = characters.map((character, index) => {
    const span = document.createElement('span');
    span.textContent = character;
    span.dataset.index = index;
    element('text').append(span);
    return span;
  });

  function choose(unit) {
    chosen = unit;
    spans.forEach((span, index) => {
      span.className = shade(value(unit, index)) + (characters[index] === '\\n' ? ' end' : '');
    });
    element('chosen').textContent = 'Unit ' + data.units[unit]
      + best(unit).slice(0, 3).map(([name, r]) => ', ' + name + ' ' + signed(r)).join('');
    for (const other of document.querySelectorAll('button')) {
      other.setAttribute('aria-pressed', other.dataset.unit == unit);
    }
    history.replaceState(null, '', '#' + data.units[unit]);
  }

  function colourGrid() {
    const feature = element('feature').value;
    for (const cell of document.querySelectorAll('.grid button')) {
      const unit = cell.dataset.unit;
      const strongest = best(unit)[0];
      const [name, r] = feature === '' ? strongest || ['', 0]
        : [data.features[feature], correlation(feature, unit)];
      cell.className = shade(r);
      cell.title = data.units[unit] + (name ? ': ' + name + ' ' + signed(r) : '');
      cell.setAttribute('aria-label', cell.title);
    }
  }

  for (const [name, feature] of data.telling) {
    const unit = data.units.indexOf(name);
    const r = correlation(data.features.indexOf(feature), unit);
    element('telling').append(button(unit, [feature, name + ' ' + signed(r)]));
  }
  if (!data.telling.length) element('telling').textContent = 'none';
  element('feature').append(new Option('whatever is strongest', ''));
  data.features.forEach((name, feature) => element('feature').append(new Option(name, feature)));
  data.groups.forEach((name, group) => {
    const heading = document.createElement('h3');
    heading.textContent = name;
    const grid = document.createElement('div');
    grid.className = 'grid';
    for (let unit = 0; unit < data.hidden; unit++) {
      grid.append(button(group * data.hidden + unit, []));
    }
    element('grids').append(heading, grid);
  });
  element('feature').onchange = colourGrid;
  document.addEventListener('click', event => {
    const target = event.target.closest('button');
    if (target) choose(Number(target.dataset.unit));
  });
  document.addEventListener('keydown', event => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.tagName === 'SELECT') return;
    choose((chosen + step + data.units.length) % data.units.length);
  });
  element('text').addEventListener('mouseover', event => {
    if (event.target.dataset.index === undefined) return;
    const index = Number(event.target.dataset.index);
    element('character').textContent = 'character ' + (index + 1) + ': '
      + signed(value(chosen, index) * data.scales[chosen]);
  });
  colourGrid();
  const first = data.units.indexOf(decodeURIComponent(location.hash.slice(1)));
  choose(first >= 0 ? first : data.telling.length ? data.units.indexOf(data.telling[0][0]) : 0);
  """
