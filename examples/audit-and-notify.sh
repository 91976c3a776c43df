#!/bin/sh
# Audits one cloud. Unless the verdict is compliant, passes the summary to a command, which sends it as a mail, to a chat or as a ticket.
#   audit-and-notify.sh SITE_FILE REPORTS_FOLDER COMMAND [ARGUMENT…]
#   audit-and-notify.sh site.yaml reports mail -s 'Backup compliance' operators@example.net
#   WEBHOOK_URL=https://chat.example.net/hooks/… audit-and-notify.sh site.yaml reports ./post-to-chat.sh
# Ends with the exit code of the audit.
set -u
suite=$(dirname "$(readlink -f "$0")")/../bin/backup-compliance
site=$1 reports=$2
shift 2

before=$(readlink "$reports/latest")
output=$("$suite" audit --site "$site" --reports "$reports" 2>&1)
code=$?
[ "$code" -eq 0 ] && exit 0

# A faulty site file (exit code 3) or a killed audit leaves no run: then its output is all there is.
if [ "$(readlink "$reports/latest")" != "$before" ]; then
  cat "$reports/latest/summary.md"
else
  printf '%s\n\n%s\n' "Backup compliance: the audit of $site ended with exit code $code and without a verdict." "$output"
fi | "$@"
exit "$code"
