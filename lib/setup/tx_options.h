/* tx_options.h - the options of a transaction, as given by a caller. */
#ifndef DUSQ_SETUP_TX_OPTIONS_H
#define DUSQ_SETUP_TX_OPTIONS_H
#include <dusq/backend.h>

/* DUSQ_E_INVAL for invalid options; else *out has all fields. */
dusq_status dusq__tx_read_opts(const dusq_tx_opts *given, dusq_tx_opts *out);

#endif
