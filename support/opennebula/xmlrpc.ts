/** Many virtual machines asked for by one process: the command line takes 0.3 to 0.9 s for each, OpenNebula itself 4 ms. */
import { children, parseRoot, text } from './xml.ts';

/**
 * Asks for each `one.vm.info`, the document of `onevm show -x`; prints the answers, each with the mark behind it. Endpoint and session are
 * found as the command line finds them. The session is read and used in this shell alone: it goes to curl by a pipe, and into no argv. The first
 * request that does not come through ends it. Arguments: the mark, seconds for one request, ids.
 */
export const ASK = `
auth=\${ONE_AUTH:-}
[ -f "$auth" ] || auth=$HOME/.one/one_auth
[ -f "$auth" ] || auth=/var/lib/one/.one/one_auth
session=; IFS= read -r session < "$auth"
[ -n "$session" ] || { echo 'ONE_AUTH file not present' >&2; exit 1; }
url=\${ONE_XMLRPC:-}
[ -n "$url" ] || { [ -f "$HOME/.one/one_endpoint" ] && IFS= read -r url < "$HOME/.one/one_endpoint"; }
[ -n "$url" ] || url=http://localhost:2633/RPC2
amp='&amp;' lt='&lt;'
session=\${session//&/"$amp"} session=\${session//</"$lt"} session=\${session//\\\\/\\\\\\\\} session=\${session//\\"/\\\\\\"}
mark=$1 seconds=$2 next=; shift 2
set -o pipefail
for id; do
  printf '%surl = "%s"\\nmax-time = %s\\nsilent\\nshow-error\\nfail\\nheader = "Content-Type: text/xml"\\nwrite-out = "%s"\\n' "$next" "$url" "$seconds" "$mark"
  printf 'data-binary = "<methodCall><methodName>one.vm.info</methodName><params><param><value><string>%s</string></value></param>' "$session"
  printf '<param><value><int>%s</int></value></param></params></methodCall>"\\n' "$id"
  next='next
'
done | curl -q --fail-early -K -
`;

/** What OpenNebula answered to one request: a document, or in its own words why there is none. @throws Error when it is no answer. */
export function readResponse(xml: string): { readonly document: string } | { readonly refused: string } {
  const path = ['params', 'param', 'value', 'array', 'data'];
  const data = path.reduce((at, name) => children(at, name)[0] ?? '', parseRoot(xml, 'methodResponse'));
  const [isGood, said] = children(data, 'value');
  const document = text(said, 'string');
  if (text(isGood, 'boolean') === '1') return { document };
  if (text(isGood, 'boolean') === '0') return { refused: document };
  throw new Error('found no answer in it');
}
