#!/bin/sh
# Posts what it reads to an incoming webhook of Mattermost or Slack. WEBHOOK_URL is a secret: whoever knows it can post.
#   post-to-chat.sh < reports/latest/summary.md
set -u
jq -Rs '{ text: . }' | curl --silent --show-error --fail --max-time 30 --header 'Content-Type: application/json' --data-binary @- "$WEBHOOK_URL"
