/* A PKCS#11 module that passes everything on to another, FAULT_MODULE, but for what FAULT says. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long CK_ULONG;
typedef CK_ULONG (*Function)();
/* CK_FUNCTION_LIST (PKCS#11 2.40, section 5.2): a version, and 68 functions in their order. */
typedef struct { unsigned char major, minor; Function functions[68]; } FunctionList;
enum { INITIALIZE = 0, FINALIZE = 1, GET_TOKEN_INFO = 6, LOGIN = 18, SIGN_INIT = 42, SIGN = 43 };

static FunctionList real, ours;
static CK_ULONG mechanism;

static int is(const char *fault) {
  const char *wanted = getenv("FAULT");
  return wanted && strcmp(wanted, fault) == 0;
}

static void crash(void) { raise(SIGSEGV); }
static void hang(void) { for (;;) sleep(1); }

static CK_ULONG initialize(void *arguments) {
  if (is("crash")) crash();
  if (is("hang")) hang();
  if (is("exit")) exit(0);
  if (is("odd value")) return 0xdeadbeef;
  if (is("print")) for (int i = 0; i < 20000; i++) { puts("{\"value\":\"printed\"}"); fputs("\033[31mnoise\n", stderr); }
  if (is("write to the pipe") && write(3, "rubbish\n", 8) != 8) exit(1);
  if (is("start a process") && fork() == 0) hang();
  return real.functions[INITIALIZE](arguments);
}

static CK_ULONG finalize(void *reserved) {
  CK_ULONG result = real.functions[FINALIZE](reserved);
  if (is("crash at the end")) crash();
  if (is("hang at the end")) hang();
  return result;
}

static CK_ULONG getTokenInfo(CK_ULONG slot, char *info) {
  CK_ULONG result = real.functions[GET_TOKEN_INFO](slot, info);
  CK_ULONG flags;
  memcpy(&flags, info + 96, sizeof flags);
  if (is("final try")) flags |= 0x20000;
  if (is("locked")) flags |= 0x40000;
  if (is("keypad")) flags |= 0x100;
  memcpy(info + 96, &flags, sizeof flags);
  return result;
}

static CK_ULONG login(CK_ULONG session, CK_ULONG user, char *pin, CK_ULONG length) {
  if (is("echo the PIN")) fprintf(stderr, "C_Login(%.*s)\n", (int)length, pin);
  if (is("keypad") && length == 0) return real.functions[LOGIN](session, user, "123456", 6UL);
  if (is("keypad")) return 0xa0;
  return real.functions[LOGIN](session, user, pin, length);
}

static CK_ULONG signInit(CK_ULONG session, CK_ULONG *wanted, CK_ULONG key) {
  mechanism = *wanted;
  return real.functions[SIGN_INIT](session, wanted, key);
}

static CK_ULONG sign(CK_ULONG session, char *data, CK_ULONG length, unsigned char *signature, CK_ULONG *size) {
  const int pss = mechanism == 0x43 || mechanism == 0x0d;
  if (is("crash when signing")) crash();
  if (is("hang when signing")) hang();
  if (is("taken away")) return 0x32;
  CK_ULONG result = real.functions[SIGN](session, data, length, signature, size);
  if (signature && (is("bad signatures") || (is("bad PSS") && pss))) signature[7] ^= 1;
  return result;
}

CK_ULONG C_GetFunctionList(FunctionList **list) {
  void *library = dlopen(getenv("FAULT_MODULE"), RTLD_NOW | RTLD_LOCAL);
  if (!library) return 5;
  Function get = (Function)dlsym(library, "C_GetFunctionList");
  FunctionList *theirs;
  if (!get || get(&theirs)) return 5;
  real = ours = *theirs;
  ours.functions[INITIALIZE] = (Function)initialize;
  ours.functions[FINALIZE] = (Function)finalize;
  ours.functions[GET_TOKEN_INFO] = (Function)getTokenInfo;
  ours.functions[LOGIN] = (Function)login;
  ours.functions[SIGN_INIT] = (Function)signInit;
  ours.functions[SIGN] = (Function)sign;
  *list = &ours;
  return 0;
}
