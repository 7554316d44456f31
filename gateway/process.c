/*
 * process.c
 *		The process as the system sees it: its limits and what it uses.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "metrics.h"
#include "process.h"

/* Open beside the connections: sockets, epoll, standard error, files read. */
#define OTHER_FILES 64

static long started;			/* seconds since 1970 */

/*
 * A soft limit of 1024 is for programs that use select(), and is what most
 * systems give.
 */
static void
make_room_for_files(Options *options)
{
	rlim_t		others = OTHER_FILES + (rlim_t) options->pool_size +
	(rlim_t) options->slow_pool_size;
	rlim_t		wanted = others + (rlim_t) options->max_connections;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= wanted)
		return;
	options->max_connections = limit.rlim_cur > others ?
		(int) (limit.rlim_cur - others) : 1;
	log_line(LOG_LEVEL_WARNING,
			 "msg=\"the limit of open files allows fewer connections: raise it (LimitNOFILE, ulimit -n), or lower --max-connections\""
			 " limit=%lu wanted=%lu max_connections=%d",
			 (unsigned long) limit.rlim_cur, (unsigned long) wanted,
			 options->max_connections);
}

void
process_open_standard_files(void)
{
	int			fd;

	/* Each takes the lowest number that is free. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(EXIT_FAILURE);
}

void
process_start(Options *options)
{
	started = (long) time(NULL);
	make_room_for_files(options);
}

static void
write_value(FILE *out, const char *name, const char *type, const char *help,
			double value)
{
	metrics_begin(out, name, type, help);
	fprintf(out, "%s %.15g\n", name, value);
}

static void
write_memory(FILE *out)
{
	FILE	   *file = fopen("/proc/self/statm", "re");
	long		page = sysconf(_SC_PAGESIZE);
	long		total;
	long		resident;

	if (file == NULL)
		return;
	if (fscanf(file, "%ld %ld", &total, &resident) == 2)
	{
		write_value(out, "process_virtual_memory_bytes", "gauge",
					"Memory that is addressed.", (double) total * (double) page);
		write_value(out, "process_resident_memory_bytes", "gauge",
					"Memory that is held.", (double) resident * (double) page);
	}
	fclose(file);
}

static void
write_open_files(FILE *out)
{
	DIR		   *directory = opendir("/proc/self/fd");
	struct rlimit limit;
	int			n = 0;

	if (directory != NULL)
	{
		while (readdir(directory) != NULL)
			n++;
		closedir(directory);

		/* Itself, its parent, and the folder while it is read. */
		write_value(out, "process_open_fds", "gauge", "Files and sockets that are open.", n - 3);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		write_value(out, "process_max_fds", "gauge", "How many may be open.",
					(double) limit.rlim_cur);
}

void
process_write(FILE *out)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == 0)
		write_value(out, "process_cpu_seconds_total", "counter",
					"Processor time, the kernel's included.",
					(double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
					(double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	write_value(out, "process_start_time_seconds", "gauge",
				"When the program started, since 1970.", (double) started);
	write_memory(out);
	write_open_files(out);
}
