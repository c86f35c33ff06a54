/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SERVE_H
#define API_SERVE_H

/* The handler that api.c gives to the HTTP server. */

#include "api/http.h"

void serve(void *context, struct http_call *http, const struct http_request *request);

#endif
