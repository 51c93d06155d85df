#!/usr/bin/env bash
# Creates a user in the stack's Cognito user pool, or sets a new password.
#
# usage: scripts/user.sh [--stack NAME] [--email ADDRESS] USER
#
#   --stack NAME      of this Pulumi stack; default: the selected one
#   --email ADDRESS   of a new user; a pool with selfSignUp wants one
#   -h, --help        prints this help
#
# Asks for the password (or reads it from standard input). A USER that begins
# with a dash follows --. Needs the AWS CLI, Node.js and the Pulumi CLI. Exits
# with 1 on a failure and with 2 on a wrong use.
#
# A stack whose issuer is from elsewhere is refused: create its users there. The
# local run needs no users: any name signs in.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

or_local= # it has no users
email=
while [[ $# -gt 0 ]]; do
  case $1 in
    --stack=* | --email=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --local) misuse "the local run needs no users: any name signs in" ;;
    --stack) value "$@" && stack=("--stack=$2") && shift ;;
    --email) value "$@" && email=$2 && shift ;;
    --) shift && break ;;
    -*) misuse "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[[ $# -eq 1 && $1 ]] || misuse "name one USER"
[[ ! $email || $email == ?*@?* ]] || misuse "--email $email is no address: want NAME@HOST"
user=$1

need_aws
use_stack
pool=$(user_pool "create the user")
site=$(output siteUrl)
read_password "Password for $user"

# The requests go by files that nobody else can read: arguments are visible to
# other users, and the AWS CLI reads a file twice, which a pipe cannot bear.
fields=("UserPoolId=$pool" "Username=$user" MessageAction=SUPPRESS)
[[ ! $email ]] || fields+=(UserAttributes.0.Name=email "UserAttributes.0.Value=$email"
  UserAttributes.1.Name=email_verified UserAttributes.1.Value=true)
encode "${fields[@]}" >"$work/create"
encode "UserPoolId=$pool" "Username=$user" "Password=$password" Permanent:=true >"$work/password"

did="created"
if ! call cognito-idp admin-create-user --cli-input-json "file://$work/create" >/dev/null; then
  [[ $(<"$work/error") == *UsernameExistsException* ]] || explain "cannot create $user"
  did="changed the password of"
fi
call cognito-idp admin-set-user-password --cli-input-json "file://$work/password" >/dev/null ||
  explain "cannot set the password of $user; the user exists, run this again with a password that the pool accepts"
echo "$did $user: sign in at $site"
