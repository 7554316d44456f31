# agent_auth: make && make install && make installcheck
#
#   PG_CONFIG=...    another PostgreSQL than the first on PATH (14 to 18)
#   COPT=-Werror     warnings as errors
#   make gateway     the HTTP gateway, a program of its own

EXTENSION = agent_auth
MODULE_big = agent_auth
EXTENSION_VERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" agent_auth.control)
DATA_built = sql/agent_auth--$(EXTENSION_VERSION).sql

OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c src/*/*.c))
OWN_HEADERS = $(wildcard src/*.h src/*/*.h)

PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -fvisibility=hidden -Wextra -Wno-unused-parameter -Wshadow \
	-Wstrict-prototypes -Wold-style-definition -Wformat=2 -Wwrite-strings \
	-Wno-missing-field-initializers
SHLIB_LINK = -lcrypto -ljson-c

# Each group of tests starts a server of its own, and needs none running.
REGRESS = $(sort $(basename $(notdir $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test --temp-instance=./tmp_check \
	--temp-config=test/agent_auth.conf --encoding=UTF8 --no-locale
ISOLATION = $(sort $(basename $(notdir $(wildcard test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test/isolation --temp-instance=./tmp_check_iso \
	--outputdir=test/isolation --temp-config=test/agent_auth.conf \
	--encoding=UTF8 --no-locale
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

EXTRA_CLEAN = sql/agent_auth--$(EXTENSION_VERSION).sql tmp_check tmp_check_iso results \
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

sql/agent_auth--$(EXTENSION_VERSION).sql: sql/agent_auth.sql
	cp $< $@

TEST_USER = postgres

ifeq ($(shell id -u),0)
installcheck: installcheck-as-other-user
endif

.PHONY: gateway
gateway:
	$(MAKE) -C gateway

.PHONY: installcheck-as-other-user
installcheck-as-other-user:
	copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	cp -R Makefile agent_auth.control LICENSE *.md sql src expected test gateway examples docs "$$copy" && \
	chown -R $(TEST_USER) "$$copy" && \
	runuser -u $(TEST_USER) -- $(MAKE) -C "$$copy" --no-print-directory \
		installcheck PG_CONFIG=$(PG_CONFIG)
