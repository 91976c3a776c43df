import { html as written } from 'htm/preact';
import { type ComponentChildren, h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

/** Something to show; every text in it is escaped when it is written. */
export type Shown = ComponentChildren;

/** HTML as it is written down; what is put in is text, a number, or made by this as well. */
export const html: (strings: TemplateStringsArray, ...values: Shown[]) => Shown = written;

/** Nothing may be asked of the network, whatever the page is told to show; and no script runs. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A whole page, which needs nothing but itself. */
export function documentOf(title: string, style: string, body: Shown): string {
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content=${policy} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title}</title>
      ${h('style', { dangerouslySetInnerHTML: { __html: style } })}
    </head>
    <body>${body}</body>
  </html>`;
  return `<!doctype html>\n${renderToString(page as VNode)}\n`;
}
