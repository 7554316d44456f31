/*
 * triggers.c
 *		Triggers for tables of applications: stamp_actor() says who really
 *		wrote a row, forbid_impersonated() keeps agents from what is a
 *		customer's alone.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "identity/actor.h"

SQL_FUNCTION(agent_auth_stamp_actor);
SQL_FUNCTION(agent_auth_forbid_impersonated);

#define AGENT_COLUMN "acted_by_agent_id"
#define SESSION_COLUMN "acted_by_session_id"

/* The columns that are to change, as heap_modify_tuple_by_cols() takes them. */
typedef struct Stamp
{
	int			n;
	int			columns[2];
	Datum		values[2];
	bool		nulls[2];
} Stamp;

static TriggerData *
trigger_data(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called as a trigger",
						function)));
	return (TriggerData *) fcinfo->context;
}

/* The number of a column; 0 when the table does not have it. */
static int
find_column(Relation relation, const char *name, Oid type)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);
	int			number = SPI_fnumber(tupdesc, name);

	if (number <= 0)
		return 0;
	if (SPI_gettypeid(tupdesc, number) != type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" must be of type %s",
						name, RelationGetRelationName(relation),
						format_type_be(type)),
				 errhint("Alter its type, or give the table no column of that name.")));
	return number;
}

static void
add(Stamp *stamp, int column, Datum value, bool isnull)
{
	if (column == 0)
		return;
	stamp->columns[stamp->n] = column;
	stamp->values[stamp->n] = value;
	stamp->nulls[stamp->n] = isnull;
	stamp->n++;
}

/* As it was before an update, whatever the statement says. */
static void
keep(Stamp *stamp, int column, const TriggerData *data)
{
	bool		isnull = true;
	Datum		value = 0;

	if (column == 0)
		return;
	if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		value = heap_getattr(data->tg_trigtuple, column,
							 RelationGetDescr(data->tg_relation), &isnull);
	add(stamp, column, value, isnull);
}

/*
 * stamp_actor() returns trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: the
 * agent who writes, and by which session.  A write that is no agent's leaves
 * the last agent's mark, and nobody can make one by hand.
 */
Datum
agent_auth_stamp_actor(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, "stamp_actor");
	Relation	relation = data->tg_relation;
	bool		updates = TRIGGER_FIRED_BY_UPDATE(data->tg_event);
	const Actor *actor = actor_get();
	Stamp		stamp = {0};
	int			agent;
	int			session;

	if (!TRIGGER_FIRED_BEFORE(data->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
		!(updates || TRIGGER_FIRED_BY_INSERT(data->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" must be BEFORE INSERT OR UPDATE, FOR EACH ROW",
						data->tg_trigger->tgname)));
	agent = find_column(relation, AGENT_COLUMN, INT8OID);
	session = find_column(relation, SESSION_COLUMN, UUIDOID);
	if (agent == 0 && session == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has nowhere to say who acted",
						RelationGetRelationName(relation)),
				 errhint("Add a column \"%s\" bigint, \"%s\" uuid, or both.",
						 AGENT_COLUMN, SESSION_COLUMN)));
	if (actor == NULL)
	{
		keep(&stamp, agent, data);
		keep(&stamp, session, data);
	}
	else
	{
		add(&stamp, agent, Int64GetDatum(actor->agent_id), false);
		add(&stamp, session, UUIDPGetDatum(&actor->session_id), false);
	}
	return PointerGetDatum(heap_modify_tuple_by_cols(updates ? data->tg_newtuple : data->tg_trigtuple,
													 RelationGetDescr(relation),
													 stamp.n, stamp.columns,
													 stamp.values, stamp.nulls));
}

/*
 * forbid_impersonated() returns trigger, for each row or statement: an error
 * when an agent acts as a customer, else nothing.
 */
Datum
agent_auth_forbid_impersonated(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, "forbid_impersonated");
	const Actor *actor = actor_get();

	if (!TRIGGER_FIRED_BEFORE(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" must be BEFORE",
						data->tg_trigger->tgname)));
	if (actor != NULL && actor->customer_reference != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("an agent cannot make this change on a customer's behalf"),
				 errdetail("Trigger \"%s\" of table \"%s\" leaves it to the customer.",
						   data->tg_trigger->tgname,
						   RelationGetRelationName(data->tg_relation)),
				 errtable(data->tg_relation)));
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(data->tg_event) ?
						   data->tg_newtuple : data->tg_trigtuple);
}
