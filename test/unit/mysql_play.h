/* mysql_play.h - scripts of servers that speak MySQL's protocol, for peer.h.
 *
 * Packets have numbers, which begin with 0 at the greeting and at each command; so the numbers of the answers are known
 * beforehand (MY:protocol-basic-packets).                                                                            */
#ifndef DUSQ_TEST_MYSQL_PLAY_H
#define DUSQ_TEST_MYSQL_PLAY_H
#include "unit/peer.h"

enum { MAX_STEPS = 32, ROOM = 2048 };

typedef struct play {
  peer_step steps[MAX_STEPS];
  size_t nsteps;
  char room[ROOM]; /* what is said */
  size_t used;
} play;

static inline void step(play *p, peer_act act)
{
  CHECK(p->nsteps < MAX_STEPS);
  if (p->nsteps < MAX_STEPS)
    p->steps[p->nsteps++] = (peer_step){act, NULL, 0};
}

/* One packet; each call is a step of its own. */
static inline void say(play *p, unsigned char number, const void *payload, size_t len)
{
  char *at = p->room + p->used;
  CHECK(len < 256 && p->used + len + 4 <= ROOM);
  if (len >= 256 || p->used + len + 4 > ROOM)
    return;
  memcpy(at, (char[]){(char)len, 0, 0, (char)number}, 4);
  memcpy(at + 4, payload, len);
  p->used += len + 4;
  step(p, PEER_SAY);
  if (p->nsteps) {
    p->steps[p->nsteps - 1].bytes = at;
    p->steps[p->nsteps - 1].len = len + 4;
  }
}
#define SAY(p, number, literal) say(p, number, literal, sizeof(literal) - 1)

static inline void say_ok(play *p, unsigned char number)
{
  SAY(p, number, "\0\0\0\2\0\0\0");
}

/* Handshake v10.  Of the capabilities SSL is missing, LOCAL_FILES is there. */
static inline void greet(play *p, const char *version, const char *method)
{
  static const char head[] = "\7\0\0\0" "abcdefgh\0" "\x8f\xa2" "\x2d" "\2\0" "\x0b\0" "\x15"
                             "\0\0\0\0\0\0\0\0\0\0" "ijklmnopqrst";
  char packet[200];
  size_t at = (size_t)snprintf(packet, sizeof packet, "\x0a%s", version) + 1, len = strlen(method) + 1;
  memcpy(packet + at, head, sizeof head); /* with its NUL */
  memcpy(packet + at + sizeof head, method, len);
  say(p, 0, packet, at + sizeof head + len);
}

static inline void begin(play *p, const char *method)
{
  p->nsteps = p->used = 0;
  greet(p, "8.0.99-rogue", method);
  step(p, PEER_PACKET);
}

/* What a connection begins with: "who are you?" has a row of three columns, the settings have none. */
static inline void answer_who(play *p)
{
  static const char column[] = "\3def\0\0\0\1x\0\x0c\x2d\0\x40\0\0\0\xfd\0\0\0\0";
  step(p, PEER_PACKET);
  SAY(p, 1, "\3");
  for (unsigned char i = 2; i < 5; i++)
    say(p, i, column, sizeof column); /* with its NUL */
  SAY(p, 5, "\xfe\0\0\2\0");
  SAY(p, 6, "\1" "7" "\7" "1048576" "\0");
  SAY(p, 7, "\xfe\0\0\2\0");
}

static inline void answer_settings(play *p)
{
  step(p, PEER_PACKET);
  say_ok(p, 1);
}

/* A statement without columns and parameters. */
static inline void answer_prepare(play *p)
{
  step(p, PEER_PACKET);
  SAY(p, 1, "\0" "\1\0\0\0" "\0\0" "\0\0" "\0" "\0\0");
}

#endif
