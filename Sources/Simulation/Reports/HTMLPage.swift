/// The fixed parts of the HTML report.
enum HTMLPage {
    static let template = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title><style>
        {{style}}
        </style></head><body>
        <header>{{head}}</header>
        <section class="story">{{story}}</section>
        <nav>
          <button id="previous" title="one event back (←)">←</button><input id="slider" type="range" min="0" value="0"><button id="next" title="one event on (→)">→</button>
          <button id="fault">next fault</button><button id="failing">finding</button>
          <label><input id="boot" type="checkbox"> with boot</label>
          <output id="position"></output>
        </nav>
        <main>
          <div id="diagram"><div id="lanes"></div><svg id="drawing"></svg></div>
          <aside><div id="event"></div><div id="tables"></div></aside>
        </main>
        <script id="data" type="application/json">{{data}}</script>
        <script>
        {{script}}
        </script>
        </body></html>
        """

    static let style = """
        :root{--back:#fbfaf7;--card:#fff;--ink:#20242b;--dim:#767d88;--line:#dfe2e6;--accent:#2f6fdb;--bad:#c8322b;--good:#1f8a4c;--mark:#fff3c9;--fault:#d9480f}
        @media(prefers-color-scheme:dark){:root{--back:#14171c;--card:#1b1f26;--ink:#e5e8ec;--dim:#8d95a1;--line:#323842;--accent:#6ea1ff;--bad:#ff6f66;--good:#51c881;--mark:#4a3f14;--fault:#ff9457}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--back);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
        header{padding:20px 28px 4px}h1{margin:0;font-size:22px;font-weight:650}
        h1 em{font-style:normal;font-size:14px;padding:3px 10px;border-radius:12px;color:#fff;vertical-align:middle;margin-left:8px}
        em.failed{background:var(--bad)}em.passed{background:var(--good)}
        .facts span{margin-right:18px;color:var(--dim);display:inline-block}.facts b{font-weight:600;color:var(--ink)}
        .story{margin:6px 28px 14px;padding:14px 20px;background:var(--card);border:1px solid var(--line);border-radius:10px}
        .story dl{display:grid;grid-template-columns:90px 1fr;margin:0 0 8px}.story dt{color:var(--dim)}.story dd{margin:0;white-space:pre-wrap}
        .found{color:var(--bad);font-weight:600}.story pre{white-space:pre-wrap;margin:0;font-size:12.5px}.story p{margin:6px 0}.dim{color:var(--dim)}
        .story ol{margin:4px 0 4px;padding-left:32px}.story details{margin:2px 0 6px}.story details summary{color:var(--dim);font-weight:400}
        code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
        nav{position:sticky;top:0;z-index:5;display:flex;gap:10px;align-items:center;padding:10px 28px;background:var(--card);border-block:1px solid var(--line)}
        nav input[type=range]{flex:1;accent-color:var(--accent)}
        button{font:inherit;color:inherit;background:var(--back);border:1px solid var(--line);border-radius:7px;padding:3px 11px;cursor:pointer}button:hover{border-color:var(--accent)}
        output{color:var(--dim);min-width:190px;text-align:right;font-variant-numeric:tabular-nums}
        main{display:grid;grid-template-columns:minmax(0,1fr) minmax(320px,42%);align-items:start}
        #diagram{overflow:auto;padding:0 0 60px 12px;max-height:calc(100vh - 51px)}
        #lanes{position:sticky;top:0;z-index:3;height:30px;background:var(--back);border-bottom:1px solid var(--line)}
        #lanes span{position:absolute;transform:translateX(-50%);font-size:11.5px;font-weight:600;top:7px;white-space:nowrap;max-width:104px;overflow:hidden;text-overflow:ellipsis}
        svg text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:var(--dim);paint-order:stroke;stroke:var(--back);stroke-width:3px;stroke-linejoin:round}
        svg .lane{stroke:var(--line)}svg .arrow{stroke:var(--dim);fill:none;opacity:.35}svg .dot{fill:var(--accent)}
        svg .row{cursor:pointer}svg .row:hover .back{fill:var(--line);opacity:.6}svg .back{fill:transparent}
        svg .row.now .back{fill:var(--mark)}svg .row.now text{stroke:var(--mark)}svg .row.chain .dot{stroke:var(--ink);stroke-width:2}svg .arrow.chain{opacity:1;stroke:var(--accent);stroke-width:1.8}
        svg .fault .dot{fill:var(--fault)}svg .fault .name{fill:var(--fault);font-weight:700}svg .crash .dot{fill:var(--bad)}svg .crash .name{fill:var(--bad);font-weight:700}
        svg .phase .name{fill:var(--ink);font-weight:700;letter-spacing:.06em}svg .phase .back{fill:var(--line);opacity:.45}svg .bad .back{fill:var(--bad);opacity:.18}svg .later{opacity:.38}
        aside{position:sticky;top:51px;max-height:calc(100vh - 51px);overflow:auto;padding:14px 24px 60px 14px;border-left:1px solid var(--line)}
        #event{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px;margin-bottom:14px}
        #event h2{margin:0;font-size:15px}#event .mono{font-size:12px;word-break:break-word}#event a{color:var(--accent);cursor:pointer}
        details{margin-bottom:8px}summary{cursor:pointer;font-weight:600}.changed summary::after{content:" · changed here";color:var(--good);font-weight:400}
        .wrap{overflow-x:auto;border:1px solid var(--line);border-radius:8px;background:var(--card);margin-top:4px}
        table{border-collapse:collapse;font-size:12px}th,td{padding:3px 9px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line);max-width:320px;overflow:hidden;text-overflow:ellipsis}
        th{color:var(--dim);font-weight:600}tr:last-child td{border-bottom:0}td.new{background:var(--mark)}td.null{color:var(--dim)}
        h3{margin:14px 0 4px;font-size:13px;color:var(--dim);text-transform:uppercase;letter-spacing:.04em}
        @media(max-width:900px){main{grid-template-columns:1fr}aside{position:static;max-height:none;border-left:0}}
        """

    static let script = #"""
        'use strict';
        const data = JSON.parse(document.getElementById('data').textContent);
        const step = 22, first = 150, gap = 112, svgNS = document.documentElement.namespaceURI.replace('1999/xhtml', '2000/svg');
        const $ = id => document.getElementById(id);
        const byNumber = new Map(data.events.map(e => [e.n, e]));
        let shown = [], rows = new Map(), arrows = new Map(), now = 0;
        const clock = t => new Date(t / 1000).toISOString().slice(11, 23);
        const isFault = e => e.p.startsWith('fault.') || e.p === 'world.crash';
        const kind = e => e.p === 'world.crash' ? 'crash' : e.p.startsWith('fault.') ? 'fault' : e.p === 'run.phase' ? 'phase' : '';
        const x = e => first + columns.get(data.instances[e.i]) * gap;
        const columns = new Map(data.instances.filter(name => name !== 'run').map((name, index) => [name, index]));
        function make(name, attributes, parent, text) {
          const node = document.createElementNS(svgNS, name);
          for (const key in attributes) node.setAttribute(key, attributes[key]);
          if (text !== undefined) node.textContent = text;
          if (parent) parent.appendChild(node);
          return node;
        }
        function draw() {
          shown = data.events.filter(e => $('boot').checked || e.n >= data.boot);
          if (!shown.length) shown = data.events;
          const svg = $('drawing'), width = first + data.instances.length * gap + 320, height = shown.length * step + 20;
          svg.replaceChildren(); rows = new Map(); arrows = new Map();
          svg.setAttribute('width', width); svg.setAttribute('height', height); svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
          $('lanes').replaceChildren(); $('lanes').style.width = width + 'px';
          data.instances.forEach(name => {
            if (name === 'run') return;
            const label = document.createElement('span'); label.textContent = name; label.title = name; label.style.left = (first + columns.get(name) * gap) + 'px';
            $('lanes').appendChild(label);
            const middle = first + columns.get(name) * gap;
            make('line', {class: 'lane', x1: middle, x2: middle, y1: 0, y2: height}, svg);
          });
          const places = new Map(shown.map((e, index) => [e.n, index]));
          const y = index => index * step + step / 2 + 4;
          shown.forEach((e, index) => {
            const cause = e.c === undefined || e.c === null ? undefined : places.get(e.c);
            if (cause === undefined || shown[cause].i === e.i || e.p === 'run.phase' || shown[cause].p === 'run.phase') return;
            const x1 = x(shown[cause]), y1 = y(cause), x2 = x(e), y2 = y(index), bend = (x1 + x2) / 2;
            arrows.set(e.n, make('path', {class: 'arrow', d: `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`}, svg));
          });
          let before = null;
          shown.forEach((e, index) => {
            const row = make('g', {class: 'row ' + kind(e) + (e.n === data.failing ? ' bad' : '')}, svg), top = y(index);
            make('rect', {class: 'back', x: 0, y: top - step / 2, width, height: step}, row);
            const wait = before === null ? 0 : (e.t - before.t) / 1e6;
            make('text', {x: 4, y: top + 4}, row, before === null || e.t !== before.t ? clock(e.t) : '');
            if (wait >= 1) make('text', {x: 92, y: top + 4}, row, wait >= 60 ? '+' + Math.round(wait / 60) + 'min' : '+' + wait.toFixed(0) + 's');
            rows.set(e.n, row); before = e;
            row.addEventListener('click', () => go(index, false));
            if (e.p === 'run.phase') { make('text', {class: 'name', x: first - 12, y: top + 4}, row, e.s.toUpperCase()); return; }
            if (isFault(e)) make('path', {class: 'dot', d: `M${x(e) + 2} ${top - 9}l-7 10h5l-3 8l8 -11h-5z`}, row);
            else make('circle', {class: 'dot', cx: x(e), cy: top, r: 4}, row);
            make('text', {class: 'name', x: x(e) + 9, y: top + 4}, row, e.p + (e.s ? '  ' + (e.s.length > 64 ? e.s.slice(0, 64) + '…' : e.s) : ''));
          });
          $('slider').max = shown.length - 1;
        }
        function chain(e) {
          const list = [];
          for (let at = e; at && list.length < 500; at = at.c === undefined || at.c === null ? null : byNumber.get(at.c)) list.push(at);
          return list.reverse();
        }
        function go(index, scrolls = true) {
          now = Math.max(0, Math.min(shown.length - 1, index));
          const e = shown[now], led = chain(e), numbers = new Set(led.map(c => c.n));
          $('slider').value = now;
          $('position').textContent = `event ${e.n} · ${clock(e.t)}`;
          rows.forEach((row, n) => {
            row.classList.toggle('now', n === e.n); row.classList.toggle('chain', numbers.has(n)); row.classList.toggle('later', n > e.n);
          });
          arrows.forEach((arrow, n) => arrow.classList.toggle('chain', numbers.has(n)));
          if (scrolls) {
            const pane = $('diagram'), at = columns.has(data.instances[e.i]) ? x(e) : null;
            pane.scrollTop = Math.max(0, now * step - pane.clientHeight / 2);
            // Its lane, and room for what stands beside it.
            if (at !== null && (at < pane.scrollLeft + 60 || at + 280 > pane.scrollLeft + pane.clientWidth)) pane.scrollLeft = Math.max(0, at + 320 - pane.clientWidth);
          }
          showEvent(e, led); showTables(e);
        }
        function element(name, text, parent, className) {
          const node = document.createElement(name);
          if (text !== null) node.textContent = text;
          if (className) node.className = className;
          parent.appendChild(node);
          return node;
        }
        function showEvent(e, led) {
          const box = $('event'); box.replaceChildren();
          element('h2', `${data.instances[e.i]} · ${e.p}`, box);
          element('div', e.s || ' ', box, 'mono');
          if (led.length < 2) return;
          const list = element('details', null, box);
          element('summary', `what led here: ${led.length - 1} events`, list);
          for (const cause of led.slice(-40, -1)) {
            const line = element('div', null, list, 'mono'), link = element('a', `#${cause.n}`, line);
            line.appendChild(document.createTextNode(` ${clock(cause.t)} ${data.instances[cause.i]} ${cause.p} ${cause.s}`));
            link.addEventListener('click', () => { const place = shown.findIndex(s => s.n === cause.n); if (place >= 0) go(place); });
          }
        }
        const opened = new Map();
        function showTables(e) {
          const box = $('tables'), latest = new Map(); box.replaceChildren();
          for (const shot of data.snapshots) {
            if (shot.event > e.n) break;
            const key = shot.service + '/' + shot.table, known = latest.get(key);
            latest.set(key, {shot, before: known ? known.shot : null});
          }
          const services = [...new Set([...latest.values()].map(l => l.shot.service))].sort();
          const owner = data.instances[e.i];
          services.sort((a, b) => (b === owner) - (a === owner));
          for (const service of services) {
            element('h3', service, box);
            for (const {shot, before} of [...latest.values()].filter(l => l.shot.service === service).sort((a, b) => a.shot.table < b.shot.table ? -1 : 1)) {
              const key = service + '/' + shot.table, isNew = shot.event === e.n, details = element('details', null, box, isNew ? 'changed' : '');
              element('summary', `${shot.table} (${shot.rows.length + shot.left_out})`, details);
              details.open = opened.has(key) ? opened.get(key) : isNew;
              details.addEventListener('toggle', () => opened.set(key, details.open));
              const table = element('table', null, element('div', null, details, 'wrap'));
              const header = element('tr', null, table);
              for (const column of shot.columns) element('th', column, header);
              const old = new Map((before ? before.rows : []).map(r => [r[0], r]));
              for (const row of shot.rows) {
                const line = element('tr', null, table), previous = old.get(row[0]);
                row.forEach((value, index) => {
                  const cell = element('td', value === null ? 'NULL' : value, line, value === null ? 'null' : '');
                  cell.title = value === null ? '' : value;
                  if (isNew && before && (!previous || previous[index] !== value)) cell.classList.add('new');
                });
              }
              if (shot.left_out > 0) element('div', `${shot.left_out} more rows`, details, 'dim');
            }
          }
          if (!services.length) element('p', 'No commit yet.', box, 'dim');
        }
        $('slider').addEventListener('input', () => go(+$('slider').value));
        $('previous').addEventListener('click', () => go(now - 1));
        $('next').addEventListener('click', () => go(now + 1));
        $('boot').addEventListener('change', () => { const n = shown[now].n; draw(); go(Math.max(0, shown.findIndex(e => e.n >= n))); });
        $('fault').addEventListener('click', () => {
          let place = shown.findIndex((e, index) => index > now && isFault(e));
          if (place < 0) place = shown.findIndex(isFault);
          if (place >= 0) go(place);
        });
        $('failing').addEventListener('click', () => { const place = shown.findIndex(e => e.n === data.failing); go(place >= 0 ? place : shown.length - 1); });
        document.addEventListener('keydown', e => {
          if (e.target.tagName === 'INPUT') return;
          if (e.key === 'ArrowRight' || e.key === 'ArrowDown') { go(now + 1); e.preventDefault(); }
          if (e.key === 'ArrowLeft' || e.key === 'ArrowUp') { go(now - 1); e.preventDefault(); }
        });
        if (data.omitted) $('position').title = data.omitted + ' events of the middle are not shown';
        draw();
        let place = data.failing === undefined || data.failing === null ? -1 : shown.findIndex(e => e.n === data.failing);
        if (place < 0) place = shown.findLastIndex(isFault);
        go(place < 0 ? shown.length - 1 : place);
        """#
}
