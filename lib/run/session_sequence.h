/* session_sequence.h - consecutive calls of a session that go to the backend together; see sequence.h.  The worker's
 * thread.                                                                                                            */
#ifndef DUSQ_RUN_SESSION_SEQUENCE_H
#define DUSQ_RUN_SESSION_SEQUENCE_H
#include "run/sequence.h"

/* Runs a call that has been taken into the room, together with those that wait behind it, and settles them.  Takes the
 * queue's references.  False: nothing was done, because the call has to run by itself.                               */
bool dusq__session_sequence(dusq__worker *worker, dusq_session *session, dusq__request *first);

/* Whether a call fits as the next part: hooks of kinds. */
bool dusq__join_begin(dusq__sequence *sequence, dusq__request *request);
bool dusq__join_query(dusq__sequence *sequence, dusq__request *request);
bool dusq__join_commit(dusq__sequence *sequence, dusq__request *request);

#endif
