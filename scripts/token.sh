#!/usr/bin/env bash
# Prints an access token of a user, for tools such as wscat.
#
# usage: scripts/token.sh [--local] [--stack NAME] USER
#
#   --local        of the local run (make run), where any name is a user
#   --stack NAME   of this Pulumi stack; default: the selected one
#
# For example, with the token as a subprotocol:
#   wscat -c "$(pulumi stack output websocketUrl)" -s sallyport.v1 -s "bearer.$(scripts/token.sh alice)"
#
# A deployed stack with its own Cognito user pool asks for the user's password
# (or reads it from standard input) and needs the AWS CLI. With an external
# issuer, get the token from that issuer.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage ;;
    --local) local_run=1 ;;
    --stack) [[ ${2-} ]] || die "--stack needs a value" && stack=(--stack "$2") && shift ;;
    -*) die "unknown option $1 (see -h)" ;;
    *) break ;;
  esac
  shift
done
[[ $# -eq 1 && $1 ]] || usage 2 >&2
user=$1
plain "user name" "$user"

use_stack
issuer=$(output issuer)

if [[ $local_run ]]; then
  need curl "apt-get install curl"
  answer=$(curl -fsS -H 'Content-Type: application/json' -d "{\"user\":$(json_text "$user")}" "$issuer/token-for-user") ||
    die "the local sign-in at $issuer does not answer: is make run still running?"
  token=$(sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p' <<<"$answer")
  [[ $token ]] || die "the local sign-in gave no token: $answer"
  printf '%s\n' "$token"
  exit
fi

[[ $issuer == https://cognito-idp.* ]] || die "the issuer $issuer is not this stack's own: get a token from it"
need_aws
[[ ! -t 0 ]] || printf 'Password of %s: ' "$user" >&2
IFS= read -rs password || die "no password on standard input"
[[ ! -t 0 ]] || echo >&2
plain password "$password"
request=$(printf '{"UserPoolId":%s,"ClientId":%s,"AuthFlow":"ADMIN_USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":%s,"PASSWORD":%s}}' \
  "$(json_text "${issuer##*/}")" "$(json_text "$(output clientId)")" "$(json_text "$user")" "$(json_text "$password")")
# The request goes by standard input: arguments are visible to other users.
token=$("${aws[@]}" cognito-idp admin-initiate-auth --cli-input-json file:///dev/stdin \
  --query AuthenticationResult.AccessToken --output text <<<"$request") ||
  die "Cognito refused: wrong password, or no such user (create it with scripts/user.sh $user)"
[[ $token != None ]] || die "Cognito wants a new password first: set one with scripts/user.sh $user"
printf '%s\n' "$token"
