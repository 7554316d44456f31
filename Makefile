# agent_auth: make && make install && make installcheck
#
#   PG_CONFIG=...    another PostgreSQL than the first on PATH (15 to 19)
#   COPT=-Werror     warnings as errors
#   SERVER=running   installcheck on the server that PGHOST and PGPORT name
#   make gateway     the HTTP gateway, a program of its own
#   make dist        the archive for PGXN: of what is committed, or, where there
#                    is no git, of this folder without what a build left
#
# In another folder: make -f ../agent_auth/Makefile.

EXTENSION = agent_auth
MODULE_big = agent_auth

# Where this file is: another folder than the one to build in, or ".".
HERE := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))
EXTENSION_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(HERE)/agent_auth.control)

# The frozen install script of a release is installed too: the test of the
# upgrade begins with it.
DATA = sql/agent_auth--0.1.0.sql
UPGRADE = sql/agent_auth--0.1.0--$(EXTENSION_VERSION).sql
DATA_built = sql/agent_auth--$(EXTENSION_VERSION).sql $(UPGRADE)

OBJS = $(patsubst $(HERE)/%.c,%.o,$(wildcard $(HERE)/src/*.c $(HERE)/src/*/*.c))
OWN_HEADERS = $(wildcard $(HERE)/src/*.h $(HERE)/src/*/*.h)

PG_CPPFLAGS = -I$(srcdir)/src -DAGENT_AUTH_VERSION='"$(EXTENSION_VERSION)"'
PG_CFLAGS = -fvisibility=hidden -Wextra -Wno-unused-parameter -Wshadow \
	-Wstrict-prototypes -Wold-style-definition -Wformat=2 -Wwrite-strings \
	-Wno-missing-field-initializers
SHLIB_LINK = -lcrypto -ljson-c

# Each group of tests starts a server of its own, and needs none running.
REGRESS = $(sort $(basename $(notdir $(wildcard $(HERE)/test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test --encoding=UTF8 --no-locale
ISOLATION = $(sort $(basename $(notdir $(wildcard $(HERE)/test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=test/isolation \
	--encoding=UTF8 --no-locale
ifneq ($(SERVER),running)
REGRESS_OPTS += --temp-instance=./tmp_check --temp-config=test/agent_auth.conf
ISOLATION_OPTS += --temp-instance=./tmp_check_iso --temp-config=test/agent_auth.conf
HAVE_IPC_RUN := $(shell perl -MIPC::Run -e 'print 1' 2>/dev/null)
TAP_TESTS := $(HAVE_IPC_RUN)
endif
PROVE_TESTS = test/t/*.pl

EXTRA_CLEAN = $(DATA_built) tmp_check tmp_check_iso results \
	regression.diffs regression.out test/isolation/results \
	test/isolation/output_iso

PG_CONFIG = pg_config

# initdb refuses root, and the tests look for their files where they run: in
# either case another process runs them, on a copy.
TESTS_RUN_ELSEWHERE := $(shell [ "$$(id -u)" = 0 ] || [ "$(HERE)" != . ] && echo yes)
ifeq ($(TESTS_RUN_ELSEWHERE),yes)
override ISOLATION =
override REGRESS =
override TAP_TESTS =
endif

# The server's JIT has no use for any of this.
override with_llvm := no

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(OWN_HEADERS)

# PGXS makes no folders.
$(OBJS) $(DATA_built): | folders
.PHONY: folders
folders:
	@mkdir -p sql $(sort $(dir $(OBJS)))

sql/agent_auth--$(EXTENSION_VERSION).sql: sql/agent_auth.sql sql/check_config.sql
	cat $^ >$@

# The text of a function that is replaced as a whole stands in one place.
$(UPGRADE): sql/upgrade_from_0.1.0.sql sql/check_config.sql
	sed 's/^CREATE FUNCTION/CREATE OR REPLACE FUNCTION/' $(HERE)/sql/check_config.sql | cat $(HERE)/sql/upgrade_from_0.1.0.sql - >$@

.PHONY: gateway
gateway:
	$(MAKE) -C $(HERE)/gateway

# What is tested and what is archived, each in a copy.
FILES = *.md LICENSE META.json Makefile Dockerfile agent_auth.control debian docs examples expected gateway scripts sql src test

# What PGXN takes.
ARCHIVE = agent_auth-$(EXTENSION_VERSION)
DIST = dist
.PHONY: dist
dist:
	mkdir -p $(DIST)
	if git -C $(HERE) rev-parse -q --verify HEAD >/dev/null 2>&1; then \
		git -C $(HERE) archive --format=zip --prefix=$(ARCHIVE)/ HEAD >$(DIST)/$(ARCHIVE).zip; \
	else \
		copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && mkdir "$$copy/$(ARCHIVE)" && \
		(cd $(HERE) && cp -R .[!.]* $(FILES) "$$copy/$(ARCHIVE)") && \
		$(MAKE) -s -C "$$copy/$(ARCHIVE)" clean PG_CONFIG=$(PG_CONFIG) && \
		$(MAKE) -s -C "$$copy/$(ARCHIVE)/gateway" clean && \
		$(MAKE) -s -C "$$copy/$(ARCHIVE)/test/unit" clean PG_CONFIG=$(PG_CONFIG) && \
		find "$$copy" \( -name node_modules -o -name __pycache__ \) -prune -exec rm -rf {} + && \
		rm -f $(DIST)/$(ARCHIVE).zip && archive=$$(realpath $(DIST))/$(ARCHIVE).zip && \
		cd "$$copy" && python3 -m zipfile -c "$$archive" $(ARCHIVE); \
	fi

ifeq ($(TESTS_RUN_ELSEWHERE),yes)
installcheck: installcheck-on-copy
else ifneq ($(SERVER),running)
ifeq ($(HAVE_IPC_RUN),)
installcheck: without-tap-tests
endif
endif

.PHONY: without-tap-tests
without-tap-tests:
	@echo "test/t is skipped: its tests need the Perl module IPC::Run (Debian: libipc-run-perl)."

# As another user where this one is root.
TEST_USER = postgres
.PHONY: installcheck-on-copy
installcheck-on-copy:
	copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	(cd $(HERE) && cp -R $(FILES) "$$copy") && \
	if [ "$$(id -u)" = 0 ]; then \
		chown -R $(TEST_USER) "$$copy" && run="runuser -u $(TEST_USER) --"; \
	fi && \
	$$run $(MAKE) -C "$$copy" --no-print-directory installcheck PG_CONFIG=$(PG_CONFIG)
