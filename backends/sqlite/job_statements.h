/* job_statements.h - statements that a job has prepared with the native handle, and left open.  The worker's thread. */
#ifndef DUSQ_SQLITE_JOB_STATEMENTS_H
#define DUSQ_SQLITE_JOB_STATEMENTS_H
#include <sqlite3.h>
#include <stdbool.h>

/* Finalizes them, and closes the database; false if something keeps it open. */
bool dusq__sqlite_close_job_statements(sqlite3 *db);
/* Resets those that are running, except open blobs. */
void dusq__sqlite_reset_running(sqlite3 *db);

#endif
