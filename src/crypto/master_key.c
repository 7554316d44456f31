/*
 * master_key.c
 *		The master key: a file beside the data, never in it.
 *
 * The file holds 64 hexadecimal digits and a line feed, so that it can be
 * copied by hand.  It appears whole or not at all: written under a temporary
 * name, flushed, then linked, which also lets exactly one of two makers win.
 * A sealed key must never reach the disk before the key that opens it.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"

#include "crypto/master_key.h"
#include "crypto/random.h"
#include "settings.h"

#define FILE_LENGTH (2 * SEAL_KEY_LENGTH + 1)

static const char *
file_name(void)
{
	/* The server's working directory is its data directory. */
	if (setting_master_key_file[0] == '\0')
		return "agent_auth.key";
	return setting_master_key_file;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool
parse(const char *string, uint8 key[SEAL_KEY_LENGTH])
{
	int			i;

	for (i = 0; i < SEAL_KEY_LENGTH; i++)
	{
		int			high = hex_value(string[2 * i]);
		int			low = hex_value(string[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8) (high << 4 | low);
	}
	return string[2 * SEAL_KEY_LENGTH] == '\n';
}

/* A sentence about what is wrong with an open file, or NULL. */
static const char *
complaint(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return "The file's permissions cannot be read.";
	if (!S_ISREG(st.st_mode))
		return "It is not a regular file.";
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return "It belongs to another user than the server runs as.";
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "It is open to group or others; its permissions must be 0600.";
	if (st.st_size != FILE_LENGTH)
		return "It does not have the length of a key.";
	return NULL;
}

/* False when there is no such file. */
static bool
read_file(uint8 key[SEAL_KEY_LENGTH])
{
	const char *name = file_name();
	char		string[FILE_LENGTH];
	const char *problem;
	int			fd;
	bool		ok;

	fd = OpenTransientFile(name, O_RDONLY | PG_BINARY);
	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open master key file \"%s\": %m", name),
				 errhint("The server's user must be able to read it; setting agent_auth.master_key_file names it.")));
	problem = complaint(fd);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("master key file \"%s\" is refused", name),
				 errdetail("%s", problem)));
	ok = read(fd, string, sizeof(string)) == sizeof(string) && parse(string, key);
	explicit_bzero(string, sizeof(string));
	CloseTransientFile(fd);
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("master key file \"%s\" does not hold a key", name),
				 errdetail("A key is 64 lower-case hexadecimal digits and a line feed.")));
	return true;
}

static void
write_text(const char *name, const char *string)
{
	int			fd;

	fd = OpenTransientFilePerm(name, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY,
							   S_IRUSR | S_IWUSR);
	errno = fd < 0 ? errno : ENOSPC;	/* what a short write means */
	if (fd < 0 || write(fd, string, FILE_LENGTH) != FILE_LENGTH ||
		pg_fsync(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write master key file \"%s\": %m", name),
				 errhint("The server's user must be able to write there; setting agent_auth.master_key_file names another place.")));
	CloseTransientFile(fd);
}

/* Makes the name durable: a file is lost with its directory's entry. */
static void
sync_directory(const char *name)
{
	char	   *directory = pstrdup(name);

	get_parent_directory(directory);
	if (directory[0] != '\0')
		fsync_fname(directory, true);
	else
		fsync_fname(name[0] == '/' ? "/" : ".", true);
}

static void
make_file(void)
{
	const char *name = file_name();
	char	   *temporary = psprintf("%s.%d.tmp", name, MyProcPid);
	char		string[FILE_LENGTH + 1];

	random_hex(string, SEAL_KEY_LENGTH);
	string[FILE_LENGTH - 1] = '\n';

	/* Left over from a crash of a process with our number. */
	(void) unlink(temporary);
	write_text(temporary, string);
	explicit_bzero(string, sizeof(string));

	/* Where another backend was faster, its file is the one that counts. */
	if (link(temporary, name) != 0 && errno != EEXIST)
	{
		int			save_errno = errno;

		(void) unlink(temporary);
		errno = save_errno;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create master key file \"%s\": %m", name),
				 errhint("The server's user must be able to write there; setting agent_auth.master_key_file names another place.")));
	}
	(void) unlink(temporary);
	sync_directory(name);
}

void
master_key_read(uint8 key[SEAL_KEY_LENGTH])
{
	if (!read_file(key))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("master key file \"%s\" does not exist", file_name()),
				 errhint("Restore it from the backup of this server; without it the stored keys cannot be opened.")));
}

void
master_key_ensure(uint8 key[SEAL_KEY_LENGTH])
{
	if (read_file(key))
		return;
	make_file();
	ereport(NOTICE,
			(errmsg("master key file \"%s\" was created", file_name()),
			 errhint("Back it up apart from the database. Where another database of this server has keys already, its file was lost: restore that instead.")));
	master_key_read(key);
}

char *
master_key_complaint(void)
{
	const char *name = file_name();
	const char *problem;
	int			fd;

	fd = OpenTransientFile(name, O_RDONLY | PG_BINARY);
	if (fd < 0)
		return psprintf("Master key file \"%s\" cannot be opened: %s.",
						name, strerror(errno));
	problem = complaint(fd);
	CloseTransientFile(fd);
	return problem == NULL ? NULL :
		psprintf("Master key file \"%s\": %s", name, problem);
}
