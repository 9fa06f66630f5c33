#!/bin/sh
# Install what the tests use from Debian, where we may; otherwise say which tests will be skipped.
# Only tests need these: the product itself runs on the virtual environment alone.
set -u
missing=""
need() {  # need PROGRAM PACKAGE WHAT-IS-SKIPPED
    command -v "$1" >/dev/null 2>&1 || { missing="$missing $2"; echo "not here: $2 ($3)"; }
}
need sipp sip-tester "tests against SIPp"
need baresip baresip-core "tests against baresip, a telephone"
need linphonec linphone-cli "tests against linphone, another telephone"
PATH="$PATH:/usr/sbin" need kamailio kamailio "tests against kamailio, a proxy"
need chromium chromium "tests in a real browser"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { missing="$missing postgresql"; echo "not here: postgresql (tests on a real PostgreSQL)"; }
fc-list 2>/dev/null | grep -qi "noto.*cjk" || ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 \
    || { missing="$missing fonts-noto-cjk"; echo "not here: fonts-noto-cjk (Chinese letters in screenshots)"; }
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "no apt-get on this machine: the tests named above will be skipped"
    exit 0
fi
if [ "$(id -u)" = 0 ]; then sudo=""; elif sudo -n true 2>/dev/null; then sudo="sudo"; else
    echo "no right to install packages: the tests named above will be skipped"
    exit 0
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# PostgreSQL's package would make and start a server of its own; the tests start theirs.
case "$missing" in *postgresql*)
    [ -e /etc/postgresql-common/createcluster.conf ] || {
        $sudo mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
    } ;;
esac
if ! { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1; then
    echo "apt-get could not install$missing: the tests named above will be skipped"
fi
exit 0
