/// The page at `/docs`: reads `/openapi.json` of this gateway, lists every endpoint, and lets a reader try it. Nothing is loaded from
/// anywhere else.
enum ExplorerPage {
    /// Forbids everything from elsewhere; the page's own script and style are in it.
    static let contentSecurityPolicy =
        "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

    static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>ServiceLab: endpoints</title>
        <style>
        :root { color-scheme: light dark; --ink: #1c2430; --dim: #5d6b7c; --line: #d9dfe6; --paper: #fff; --soft: #f5f7f9; --mark: #0b65c2; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --dim: #94a2b3; --line: #323c48; --paper: #14191f; --soft: #1b222a; --mark: #6cb2ff; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        header { position: sticky; top: 0; z-index: 1; display: flex; gap: 12px; flex-wrap: wrap; align-items: center; padding: 12px 24px; background: var(--paper); border-bottom: 1px solid var(--line); }
        header h1 { font-size: 18px; margin: 0 auto 0 0; }
        main { max-width: 980px; margin: 0 auto; padding: 8px 24px 64px; }
        h2 { margin: 32px 0 4px; font-size: 17px; } h2 + p { margin: 0 0 8px; color: var(--dim); }
        input, textarea, button { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 6px 10px; }
        input:focus, textarea:focus, button:focus-visible, summary:focus-visible { outline: 2px solid var(--mark); outline-offset: 1px; }
        button { cursor: pointer; background: var(--mark); border-color: var(--mark); color: var(--paper); }
        details { border: 1px solid var(--line); border-radius: 8px; margin: 6px 0; background: var(--paper); }
        summary { display: flex; gap: 10px; align-items: baseline; padding: 8px 12px; cursor: pointer; list-style: none; flex-wrap: wrap; }
        summary::-webkit-details-marker { display: none; }
        code, pre, textarea, .verb { font: 13px/1.5 ui-monospace, monospace; }
        .verb { min-width: 58px; font-weight: 700; } .get { color: #18794e; } .post { color: #0b65c2; } .put, .patch { color: #9a6700; } .delete { color: #c62a2f; }
        @media (prefers-color-scheme: dark) { .get { color: #55c593; } .post { color: #6cb2ff; } .put, .patch { color: #e2b340; } .delete { color: #ff8589; } }
        .what { color: var(--dim); flex: 1; min-width: 180px; } .rule { font-size: 12px; color: var(--dim); border: 1px solid var(--line); border-radius: 10px; padding: 0 8px; }
        .body { padding: 4px 12px 12px; border-top: 1px solid var(--line); }
        .field { display: grid; grid-template-columns: 160px 1fr; gap: 8px; margin: 8px 0; align-items: center; }
        .field small { grid-column: 2; color: var(--dim); margin-top: -6px; }
        textarea { width: 100%; min-height: 110px; resize: vertical; } pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 10px; overflow: auto; max-height: 420px; margin: 8px 0 0; }
        .status { font-weight: 600; margin-top: 10px; } #empty { color: var(--dim); margin-top: 32px; }
        @media (max-width: 560px) { .field { grid-template-columns: 1fr; } .field small { grid-column: 1; } }
        </style>
        </head>
        <body>
        <header>
          <h1>ServiceLab endpoints</h1>
          <input id="find" type="search" placeholder="Find a path or word" aria-label="Find a path or word">
          <input id="token" type="password" placeholder="Access token" aria-label="Access token" autocomplete="off">
        </header>
        <main id="list"><p id="empty">Reading /openapi.json …</p></main>
        <script>
        'use strict';
        const list = document.getElementById('list'), find = document.getElementById('find'), token = document.getElementById('token');
        const verbs = ['get', 'post', 'put', 'patch', 'delete'];
        function element(name, attributes, ...children) {
          const node = document.createElement(name);
          for (const [key, value] of Object.entries(attributes || {})) key in node ? node[key] = value : node.setAttribute(key, value);
          node.append(...children);
          return node;
        }
        function resolve(schema, document_) {
          return schema && schema.$ref ? schema.$ref.slice(2).split('/').reduce((at, key) => at && at[key], document_) || {} : schema || {};
        }
        function example(schema, document_, depth = 0) {
          const s = resolve(schema, document_);
          if (s.example !== undefined) return s.example;
          if (s.enum) return s.enum[0];
          const type = Array.isArray(s.type) ? s.type[0] : s.type;
          if (type === 'object' || s.properties) {
            const result = {};
            if (depth < 5) for (const [key, value] of Object.entries(s.properties || {})) result[key] = example(value, document_, depth + 1);
            return result;
          }
          if (type === 'array') return depth < 5 ? [example(s.items, document_, depth + 1)] : [];
          if (type === 'integer' || type === 'number') return 1;
          if (type === 'boolean') return true;
          return s.format === 'date-time' ? '2026-01-01T00:00:00Z' : 'text';
        }
        function operation(path, verb, op, document_) {
          const rule = op['x-access'] || '';
          const fields = (op.parameters || []).map(raw => {
            const p = resolve(raw, document_);
            const input = element('input', { 'aria-label': p.name });
            return { p, input, node: element('div', { className: 'field' }, element('label', {}, p.name + (p.required ? ' *' : '')), input, element('small', {}, `${p.in}${p.description ? ' · ' + p.description : ''}`)) };
          });
          const content = op.requestBody && (op.requestBody.content || {})['application/json'];
          const body = content ? element('textarea', { value: JSON.stringify(example(content.schema, document_), null, 2), spellcheck: false, 'aria-label': 'Body' }) : null;
          const status = element('div', { className: 'status' }), answer = element('pre', { hidden: true });
          const send = element('button', { onclick: async () => {
            let target = path;
            const query = new URLSearchParams(), headers = {};
            for (const { p, input } of fields) {
              if (p.in === 'path') target = target.replace(`{${p.name}}`, encodeURIComponent(input.value));
              else if (input.value && p.in === 'query') query.set(p.name, input.value);
              else if (input.value && p.in === 'header') headers[p.name] = input.value;
            }
            if (token.value) headers.Authorization = `Bearer ${token.value.trim()}`;
            if (body) headers['Content-Type'] = 'application/json';
            const url = target + (query.size ? `?${query}` : ''), start = performance.now();
            try {
              const reply = await fetch(url, { method: verb.toUpperCase(), headers, body: body ? body.value : undefined });
              const text = await reply.text();
              status.textContent = `${reply.status} in ${(performance.now() - start).toFixed(1)} ms`;
              answer.hidden = !text;
              try { answer.textContent = JSON.stringify(JSON.parse(text), null, 2); } catch { answer.textContent = text; }
              try { const t = JSON.parse(text).access_token; if (t) token.value = t; } catch { }
            } catch (error) { status.textContent = `No answer: ${error.message}`; answer.hidden = true; }
          } }, 'Send');
          const inside = element('div', { className: 'body' }, ...fields.map(f => f.node));
          if (body) inside.append(element('p', {}, 'Body'), body);
          inside.append(element('p', {}, send), status, answer);
          const node = element('details', {}, element('summary', {}, element('span', { className: `verb ${verb}` }, verb.toUpperCase()), element('code', {}, path), element('span', { className: 'what' }, op.summary || ''), rule ? element('span', { className: 'rule' }, rule) : ''), inside);
          node.dataset.words = `${verb} ${path} ${op.summary || ''} ${op.operationId || ''}`.toLowerCase();
          return node;
        }
        function show(document_) {
          list.replaceChildren();
          const groups = new Map();
          for (const [path, item] of Object.entries(document_.paths || {})) for (const verb of verbs) if (item[verb]) {
            const tag = (item[verb].tags || ['other'])[0];
            if (!groups.has(tag)) groups.set(tag, []);
            groups.get(tag).push(operation(path, verb, item[verb], document_));
          }
          const about = new Map((document_.tags || []).map(t => [t.name, t.description || '']));
          for (const [tag, nodes] of [...groups].sort((a, b) => a[0] < b[0] ? -1 : 1)) list.append(element('section', {}, element('h2', {}, tag), element('p', {}, about.get(tag) || ''), ...nodes));
          if (!groups.size) list.append(element('p', { id: 'empty' }, 'No endpoints.'));
        }
        find.oninput = () => {
          const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
          for (const section of list.querySelectorAll('section')) {
            let any = false;
            for (const node of section.querySelectorAll('details')) { const hit = words.every(w => node.dataset.words.includes(w)); node.hidden = !hit; any = any || hit; }
            section.hidden = !any;
          }
        };
        fetch('/openapi.json').then(r => r.json()).then(show).catch(error => { list.replaceChildren(element('p', { id: 'empty' }, `The document cannot be read: ${error.message}`)); });
        </script>
        </body>
        </html>
        """#
}
