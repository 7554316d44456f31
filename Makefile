# agent_auth: make && make install && make installcheck
#
#   PG_CONFIG=...    another PostgreSQL than the first on PATH (14 to 18)
#   COPT=-Werror     warnings as errors
#   SERVER=running   installcheck on the server that PGHOST and PGPORT name
#   make gateway     the HTTP gateway, a program of its own
#   make dist        the archive for PGXN, of what is committed

EXTENSION = agent_auth
MODULE_big = agent_auth
EXTENSION_VERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" agent_auth.control)

# The frozen install script of a release is installed too: the test of the
# upgrade begins with it.
DATA = sql/agent_auth--0.1.0.sql
UPGRADE = sql/agent_auth--0.1.0--$(EXTENSION_VERSION).sql
DATA_built = sql/agent_auth--$(EXTENSION_VERSION).sql $(UPGRADE)

OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c src/*/*.c))
OWN_HEADERS = $(wildcard src/*.h src/*/*.h)

PG_CPPFLAGS = -I$(srcdir)/src -DAGENT_AUTH_VERSION='"$(EXTENSION_VERSION)"'
PG_CFLAGS = -fvisibility=hidden -Wextra -Wno-unused-parameter -Wshadow \
	-Wstrict-prototypes -Wold-style-definition -Wformat=2 -Wwrite-strings \
	-Wno-missing-field-initializers
SHLIB_LINK = -lcrypto -ljson-c

# Each group of tests starts a server of its own, and needs none running.
REGRESS = $(sort $(basename $(notdir $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test --encoding=UTF8 --no-locale
ISOLATION = $(sort $(basename $(notdir $(wildcard test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=test/isolation \
	--encoding=UTF8 --no-locale
ifneq ($(SERVER),running)
REGRESS_OPTS += --temp-instance=./tmp_check --temp-config=test/agent_auth.conf
ISOLATION_OPTS += --temp-instance=./tmp_check_iso --temp-config=test/agent_auth.conf
TAP_TESTS = 1
endif
PROVE_TESTS = test/t/*.pl

EXTRA_CLEAN = $(DATA_built) tmp_check tmp_check_iso results \
	regression.diffs regression.out test/isolation/results \
	test/isolation/output_iso

PG_CONFIG = pg_config

# initdb refuses root: the tests then run as another user, on a copy.
ifeq ($(shell id -u),0)
override ISOLATION =
override REGRESS =
override TAP_TESTS =
endif

# The server's JIT has no use for any of this.
override with_llvm := no

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(OWN_HEADERS)

sql/agent_auth--$(EXTENSION_VERSION).sql: sql/agent_auth.sql sql/check_config.sql
	cat $^ >$@

# The text of a function that is replaced as a whole stands in one place.
$(UPGRADE): sql/upgrade_from_0.1.0.sql sql/check_config.sql
	sed 's/^CREATE FUNCTION/CREATE OR REPLACE FUNCTION/' sql/check_config.sql | cat sql/upgrade_from_0.1.0.sql - >$@

TEST_USER = postgres

ifeq ($(shell id -u),0)
installcheck: installcheck-as-other-user
endif

.PHONY: gateway
gateway:
	$(MAKE) -C gateway

# What PGXN takes.
ARCHIVE = agent_auth-$(EXTENSION_VERSION)
DIST = dist
.PHONY: dist
dist:
	mkdir -p $(DIST)
	git archive --format=zip --prefix=$(ARCHIVE)/ -o $(DIST)/$(ARCHIVE).zip HEAD

.PHONY: installcheck-as-other-user
installcheck-as-other-user:
	copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	cp -R *.md LICENSE META.json Makefile agent_auth.control debian sql src expected test gateway examples docs "$$copy" && \
	chown -R $(TEST_USER) "$$copy" && \
	runuser -u $(TEST_USER) -- $(MAKE) -C "$$copy" --no-print-directory \
		installcheck PG_CONFIG=$(PG_CONFIG)
