/*
 * shared_segment.c
 *		Shared memory for a server that has not preloaded the library.
 *
 * It is a segment of dynamic shared memory, which the first backend makes.  The
 * others read its handle in a file of the directory that the server keeps for
 * such things: no backup has it, and no role can use it up.  What the server
 * keeps spare of its own shared memory could be gone: locks take it, and a role
 * without any right can take locks.
 *
 * A file may be older than the server's start, or than a crash that it
 * recovered from.  So file and segment bear the same random number.
 *
 * Error handling: an error here is no error of the statement that happened to
 * come first.  It is caught, and what it leaves is cleaned up.
 */
#include "compat.h"

#include <fcntl.h>
#include <unistd.h>

#include "storage/dsm.h"
#include "storage/fd.h"
#include "storage/lwlock.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "crypto/random.h"
#include "identity/shared_segment.h"

typedef struct Place
{
	uint64		number;
	dsm_handle	segment;
} Place;

typedef struct Header
{
	uint64		number;
}			Header;

#define CONTENT_OFFSET MAXALIGN(sizeof(Header))

/* What is asked for; one structure keeps the arguments short. */
typedef struct Wanted
{
	char		path[MAXPGPATH];
	Size		size;			/* with the header */
	void		(*initialize) (void *);
}			Wanted;

static bool
read_place(const Wanted * wanted, Place *place)
{
	int			file = OpenTransientFile(wanted->path, O_RDONLY | PG_BINARY);
	bool		good;

	if (file < 0)
		return false;
	good = read(file, place, sizeof(Place)) == sizeof(Place);
	CloseTransientFile(file);
	return good;
}

static bool
write_file(const char *path, const void *data, Size len)
{
	int			file = OpenTransientFile(path, O_CREAT | O_WRONLY | O_TRUNC | PG_BINARY);
	bool		good;

	if (file < 0)
		return false;
	errno = ENOSPC;
	good = write(file, data, len) == (ssize_t) len;
	CloseTransientFile(file);
	return good;
}

static void
write_place(const Wanted * wanted, const Place *place)
{
	if (!write_file(wanted->path, place, sizeof(Place)))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg_internal("could not write file \"%s\": %m", wanted->path)));
}

/* NULL when the file's segment is gone, or is somebody else's by now. */
static dsm_segment *
attach(const Wanted * wanted)
{
	Place		place;
	dsm_segment *segment;

	if (!read_place(wanted, &place) || place.segment == DSM_HANDLE_INVALID)
		return NULL;
	segment = dsm_attach(place.segment);
	if (segment == NULL)
		return NULL;
	if (dsm_segment_map_length(segment) >= wanted->size &&
		((Header *) dsm_segment_address(segment))->number == place.number)
		return segment;
	dsm_detach(segment);
	return NULL;
}

/* Once the file is there, others may find what it names. */
static dsm_segment *
make(const Wanted * wanted)
{
	dsm_segment *segment = dsm_create(wanted->size, 0);
	Header	   *header = dsm_segment_address(segment);
	Place		place;

	memset(&place, 0, sizeof(Place));
	random_bytes(&place.number, sizeof(place.number));
	place.segment = dsm_segment_handle(segment);
	header->number = place.number;
	wanted->initialize((char *) header + CONTENT_OFFSET);
	write_place(wanted, &place);
	dsm_pin_segment(segment);
	return segment;
}

static void
log_failure(void)
{
	ErrorData  *error = CopyErrorData();

	FlushErrorState();
	ereport(LOG_SERVER_ONLY,
			(errcode(error->sqlerrcode),
			 errmsg("agent_auth has no shared memory: logins are refused, and nothing is counted"),
			 errdetail_internal("%s", error->message),
			 errhint("Add agent_auth to shared_preload_libraries, which reserves it."),
			 errhidestmt(true)));
	FreeErrorData(error);
}

/* An error resets the holding of interrupts, which the lock's release counts on. */
static dsm_segment *
attach_or_make(const Wanted * wanted)
{
	MemoryContext context = CurrentMemoryContext;
	uint32		held = InterruptHoldoffCount;
	dsm_segment *volatile segment = NULL;

	PG_TRY();
	{
		segment = attach(wanted);
		if (segment == NULL)
			segment = make(wanted);
		dsm_pin_mapping(segment);
	}
	PG_CATCH();
	{
		InterruptHoldoffCount = held;
		MemoryContextSwitchTo(context);
		log_failure();
		segment = NULL;
	}
	PG_END_TRY();
	return segment;
}

/* Gives back what was begun and is not pinned. */
static void
release(ResourceOwner owner)
{
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, true);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, false, true);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, false, true);
	ResourceOwnerDelete(owner);
}

void *
shared_segment(int layout, Size size, void (*initialize) (void *))
{
	ResourceOwner caller = CurrentResourceOwner;
	ResourceOwner own = ResourceOwnerCreate(NULL, "agent_auth shared memory");
	Wanted		wanted = {.size = size + CONTENT_OFFSET,.initialize = initialize};
	dsm_segment *segment;

	snprintf(wanted.path, sizeof(wanted.path), PG_DYNSHMEM_DIR "/agent_auth.%d.%zu", layout, size);
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	CurrentResourceOwner = own;
	segment = attach_or_make(&wanted);
	CurrentResourceOwner = caller;
	LWLockRelease(AddinShmemInitLock);
	release(own);
	return segment == NULL ? NULL :
		(char *) dsm_segment_address(segment) + CONTENT_OFFSET;
}
