package confine_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/confine/confinetest"
	"hotspot-helper/internal/file/filetest"
)

func TestMain(m *testing.M) { confinetest.Main(m) }

// memory is enough for any interpreter.
const memory = 256 << 20

// start starts a program, which is ended with the test.
func start(t testing.TB, program confine.Program) *confine.Process {
	t.Helper()
	confinetest.Needs(t)
	if program.Memory == 0 {
		program.Memory = memory
	}
	p, err := confine.Start(program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// output runs a program to its end.
func output(t testing.TB, program confine.Program) (stdout, stderr string) {
	t.Helper()
	p := start(t, program)
	if err := p.Stdin.Close(); err != nil {
		t.Fatal(err)
	}
	for _, stream := range []*os.File{p.Stdout, p.Stderr} {
		if err := stream.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	errs := make(chan string)
	go func() {
		text, _ := io.ReadAll(p.Stderr)
		errs <- string(text)
	}()
	text, err := io.ReadAll(p.Stdout)
	if err != nil {
		t.Errorf("read output: %v", err)
	}
	return string(text), <-errs
}

// python is a program in Python.
func python(t testing.TB, code string) confine.Program {
	t.Helper()
	const path = "/usr/bin/python3"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("there is no Python here: %v", err)
	}
	return confine.Program{Path: path, Args: []string{"-c", code}}
}

// TestComputes runs a program that does what it may.
func TestComputes(t *testing.T) {
	out, errs := output(t, python(t, "import hashlib, json, os, threading\n"+
		"t = threading.Thread(target=lambda: print(hashlib.sha1(b'x').hexdigest(), flush=True)); t.start(); t.join()\n"+
		"print([n for n in os.environ if n != 'LC_CTYPE'], sorted(os.listdir('/usr'))[0], os.getcwd(), len(os.urandom(4)))"))
	want := "11f6ad8ec52a2984abaafd7c3b516503785c2072\n['GOMAXPROCS'] bin / 4\n"
	if out != want || errs != "" {
		t.Errorf("says %q, %q; want %q", out, errs, want)
	}
}

// TestConfigurationOfOpenSSL reads what OpenSSL reads at its start, and nothing beside it.
func TestConfigurationOfOpenSSL(t *testing.T) {
	const path = "/etc/ssl/openssl.cnf"
	if info, err := os.Stat(path); err != nil || info.Mode()&0o004 == 0 {
		t.Skipf("there is no %s for everybody here: %v", path, err)
	}
	out, errs := output(t, python(t, "import os\nprint(len(open('"+path+"').read()) > 0)\ntry: os.listdir('/etc/ssl')\nexcept PermissionError: print('not the directory')"))
	if out != "True\nnot the directory\n" || errs != "" {
		t.Errorf("says %q, %q", out, errs)
	}
}

// TestEscapes lets a program try what it must not do. Each line prints why it could not; done: it could.
func TestEscapes(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("2718281828"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(secret)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := unix.FcntlInt(file.Fd(), unix.F_SETFD, 0); err != nil { // as a careless parent has it
		t.Fatal(err)
	}
	const prelude = `
import ctypes, errno, os, signal, socket, sys, resource, fcntl, mmap
libc = ctypes.CDLL(None, use_errno=True)
agent = os.getppid()
def call(number, *args):
    ctypes.set_errno(0)
    if libc.syscall(number, *args) == -1: raise OSError(ctypes.get_errno(), "")
def attempt(what):
    try: what(); print("done")
    except OSError as e: print(errno.errorcode.get(e.errno, e.errno))
    except (PermissionError, ValueError, mmap.error) as e: print("refused")
secret = sys.argv[1]
`
	for name, test := range map[string]struct{ code, want string }{
		"TCP socket":               {"attempt(lambda: socket.socket())", "EPERM"},
		"UDP socket":               {"attempt(lambda: socket.socket(type=socket.SOCK_DGRAM))", "EPERM"},
		"Unix socket":              {"attempt(lambda: socket.socket(socket.AF_UNIX))", "EPERM"},
		"netlink socket":           {"attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))", "EPERM"},
		"pair of sockets":          {"attempt(lambda: socket.socketpair())", "EPERM"},
		"io_uring":                 {"attempt(lambda: call(425, 1, ctypes.create_string_buffer(256)))", "EPERM"},
		"read a file of the user":  {"attempt(lambda: open(secret))", "EACCES"},
		"list the home":            {"attempt(lambda: os.listdir(os.path.dirname(secret)))", "EACCES"},
		"read /etc/passwd":         {"attempt(lambda: open('/etc/passwd'))", "EACCES"},
		"read /proc of the agent":  {"attempt(lambda: open(f'/proc/{agent}/environ'))", "EACCES"},
		"memory of the agent":      {"attempt(lambda: open(f'/proc/{agent}/mem', 'rb+'))", "EACCES"},
		"files of the agent":       {"attempt(lambda: os.listdir(f'/proc/{agent}/fd'))", "EACCES"},
		"write to /tmp":            {"attempt(lambda: open('/tmp/confined', 'w'))", "EACCES"},
		"write to /dev/shm":        {"attempt(lambda: open('/dev/shm/confined', 'w'))", "EACCES"},
		"write to a program":       {"attempt(lambda: open('/usr/bin/true', 'rb+'))", "EACCES"},
		"remove a file":            {"attempt(lambda: os.remove(secret))", "EPERM"},
		"change a mode":            {"attempt(lambda: os.chmod(secret, 0o777))", "EPERM"},
		"change times":             {"attempt(lambda: os.utime(secret))", "EPERM"},
		"rename":                   {"attempt(lambda: os.rename(secret, '/tmp/confined'))", "EPERM"},
		"link":                     {"attempt(lambda: os.link(secret, '/tmp/confined'))", "EPERM"},
		"mount":                    {"attempt(lambda: call(165, b'none', b'/mnt', b'tmpfs', 0, None))", "EPERM"},
		"ptrace":                   {"attempt(lambda: call(101, 16, agent, 0, 0))", "EPERM"},
		"memory of another":        {"attempt(lambda: call(310, agent, None, 0, None, 0, 0))", "EPERM"},
		"keys":                     {"attempt(lambda: call(250, 0, -4, 0))", "EPERM"},
		"bpf":                      {"attempt(lambda: call(321, 0, None, 0))", "EPERM"},
		"user namespace":           {"attempt(lambda: call(272, 0x10000000))", "EPERM"},
		"user namespace by clone":  {"attempt(lambda: call(56, 0x10000000 | 17, 0, 0, 0, 0))", "EPERM"},
		"clone3":                   {"attempt(lambda: call(435, None, 0))", "ENOSYS"},
		"kill the agent":           {"attempt(lambda: os.kill(agent, signal.SIGKILL))", "EPERM"},
		"kill everyone":            {"attempt(lambda: os.kill(-1, signal.SIGKILL))", "EPERM"},
		"kill by thread":           {"attempt(lambda: call(200, agent, 9))", "EPERM"},
		"kill by pidfd":            {"attempt(lambda: call(434, agent, 0))", "EPERM"},
		"queue a signal":           {"attempt(lambda: call(129, agent, 9, ctypes.create_string_buffer(128)))", "EPERM"},
		"signal by a file":         {"attempt(lambda: fcntl.fcntl(0, fcntl.F_SETOWN, agent))", "EPERM"},
		"choose the file's signal": {"attempt(lambda: fcntl.fcntl(0, fcntl.F_SETSIG, 9))", "EPERM"},
		"limits of the agent":      {"attempt(lambda: resource.prlimit(agent, resource.RLIMIT_CPU, (1, 1)))", "EPERM"},
		"its own limits":           {"attempt(lambda: resource.setrlimit(resource.RLIMIT_DATA, (-1, -1)))", "refused"},
		"priority of the agent":    {"attempt(lambda: os.setpriority(os.PRIO_PROCESS, agent, 19))", "EPERM"},
		"processors of the agent":  {"attempt(lambda: os.sched_setaffinity(agent, [0]))", "EPERM"},
		"leave its group":          {"attempt(lambda: os.setpgid(0, 0))", "EPERM"},
		"leave its session":        {"attempt(lambda: os.setsid())", "EPERM"},
		"fork":                     {"attempt(lambda: os.fork())", "EPERM"},
		"vfork":                    {"attempt(lambda: call(58))", "EPERM"},
		"set-user-ID":              {"attempt(lambda: os.setuid(1))", "EPERM"},
		"shared memory":            {"attempt(lambda: mmap.mmap(-1, 4096))", "EPERM"},
		"memory file":              {"attempt(lambda: os.memfd_create('x'))", "EPERM"},
		"System V memory":          {"attempt(lambda: call(29, 0, 4096, 0o1600))", "EPERM"},
		"message queue":            {"attempt(lambda: call(240, b'x', 66, 0o600, None))", "EPERM"},
		"inotify":                  {"attempt(lambda: call(294, 0))", "EPERM"},
		"another architecture":     {"attempt(lambda: call(0x40000000 + 41, 2, 1, 0))", "ENOSYS"},
		"clone as another's child": {"attempt(lambda: call(56, 0x8000 | 17, 0, 0, 0, 0))", "EPERM"},
		"outlive the agent":        {"attempt(lambda: call(157, 1, 0, 0, 0, 0))", "EPERM"},
		"openat2":                  {"attempt(lambda: call(437, -100, secret.encode(), ctypes.create_string_buffer(24), 24))", "ENOSYS"},
		"empty a file":             {"attempt(lambda: os.open('/usr/bin/true', os.O_RDONLY | os.O_TRUNC))", "EPERM"},
		"open for nothing":         {"attempt(lambda: os.open(secret, 3))", "EPERM"},
		"flags of a file":          {"attempt(lambda: fcntl.ioctl(os.open('/usr/bin/true', os.O_RDONLY), 0x40086602, bytes(8)))", "EPERM"},
		"shared, checked memory":   {"attempt(lambda: call(9, None, 4096, 3, 3, os.open('/dev/zero', os.O_RDONLY), 0))", "EPERM"},
		"memory that grows down":   {"attempt(lambda: call(9, None, 4096, 3, 0x122, -1, 0))", "EPERM"},
		"a large stack":            {"attempt(lambda: resource.setrlimit(resource.RLIMIT_STACK, (64 << 20, 64 << 20)))", "refused"},
		"many addresses":           {"attempt(lambda: call(9, None, ctypes.c_size_t(64 << 30), 1, 0x4022, -1, 0))", "ENOMEM"},
		"inherited files":          {"import itertools\nopen_ones=[]\nfor fd in range(3, 1024):\n    try: os.fstat(fd); open_ones.append(fd)\n    except OSError: pass\nprint(open_ones)", "[]"},
		"environment":              {"print([n for n in os.environ if n != 'LC_CTYPE'])", "['GOMAXPROCS']"},
		"terminal":                 {"attempt(lambda: open('/dev/tty'))", "EACCES"},
		// Numbers of other calls, such as that of openat, where the kernel ignores half of an argument.
		"limits, with a number":  {"attempt(lambda: call(302, ctypes.c_long(257 << 32 | agent), 4, None, None))", "EPERM"},
		"kill, with a number":    {"attempt(lambda: call(62, ctypes.c_long(257 << 32 | agent), 0, 0))", "EPERM"},
		"thread, with a number":  {"attempt(lambda: call(234, ctypes.c_long(257 << 32 | agent), agent, 0))", "EPERM"},
		"memory, with a number":  {"attempt(lambda: call(9, None, 4096, 2, ctypes.c_long(257 << 32 | 0x21), -1, 0))", "EPERM"},
		"signal, with a number":  {"attempt(lambda: call(72, 0, ctypes.c_long(257 << 32 | fcntl.F_SETOWN), agent))", "EPERM"},
		"request, with a number": {"attempt(lambda: call(16, 0, ctypes.c_long(257 << 32 | 0x540d), 0))", "EPERM"},
		"kill by the number 2":   {"attempt(lambda: call(62, 2, 0))", "EPERM"},
	} {
		t.Run(name, func(t *testing.T) {
			program := python(t, prelude+test.code)
			program.Args = append(program.Args, secret)
			if out, errs := output(t, program); strings.TrimSpace(out) != test.want {
				t.Errorf("says %q, %q; want %s", out, errs, test.want)
			}
		})
	}
	if _, err := os.Stat(secret); err != nil {
		t.Error(err)
	}
}

// TestLittleMemory starts a program with less memory than the process that starts it has.
func TestLittleMemory(t *testing.T) {
	if out, errs := output(t, confine.Program{Path: "/bin/echo", Args: []string{"hello"}, Memory: 4 << 20}); out != "hello\n" {
		t.Errorf("says %q, %q", out, errs)
	}
}

// TestMemory lets a program take memory without end.
func TestMemory(t *testing.T) {
	out, errs := output(t, python(t, "all = []\ntry:\n    while True: all.append(bytearray(1 << 20))\nexcept MemoryError: print(len(all) < 300)"))
	if out != "True\n" {
		t.Errorf("says %q, %q", out, errs)
	}
}

// TestProcesses starts others from a shell, which are killed with it.
func TestProcesses(t *testing.T) {
	p := start(t, confine.Program{Path: "/bin/sh", Args: []string{"-c", "echo $(echo inner); sleep 1000 & sleep 1000 & echo $!; wait"}, Processes: true})
	var inner string
	var child int
	if _, err := fmt.Fscan(p.Stdout, &inner, &child); err != nil || inner != "inner" {
		t.Fatalf("says %q: %v", inner, err)
	}
	handle, err := unix.PidfdOpen(child, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(handle)
	p.Kill()
	waitEnd(t, handle)
}

// TestForeignChildren lets a program with processes start some that are not its own: nobody would wait for them.
func TestForeignChildren(t *testing.T) {
	for name, flag := range map[string]int{
		"CLONE_PARENT": unix.CLONE_PARENT, "CLONE_PTRACE": unix.CLONE_PTRACE, "CLONE_UNTRACED": unix.CLONE_UNTRACED, "CLONE_PIDFD": unix.CLONE_PIDFD,
		"CLONE_IO": unix.CLONE_IO, "CLONE_NEWUSER": unix.CLONE_NEWUSER, "CLONE_THREAD and CLONE_PARENT": unix.CLONE_PARENT | unix.CLONE_VM | unix.CLONE_SIGHAND | unix.CLONE_THREAD,
	} {
		program := python(t, fmt.Sprintf("import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nprint(libc.syscall(%d, %d, 0, 0, 0, 0), ctypes.get_errno())", unix.SYS_CLONE, flag|int(unix.SIGCHLD)))
		program.Processes = true
		if out, errs := output(t, program); out != "-1 1\n" {
			t.Errorf("%s: says %q, %q", name, out, errs)
		}
	}
}

// TestTasks lets programs start threads and processes without end.
func TestTasks(t *testing.T) {
	if os.Getuid() == 0 {
		asNobody(t) // the kernel does not count root's
		return
	}
	for name, loop := range map[string]string{
		"threads":   "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
		"processes": "if os.fork() == 0: time.sleep(1000)",
	} {
		t.Run(name, func(t *testing.T) {
			program := python(t, "import os, threading, time\nn = 1\ntry:\n    while n < 500:\n        "+loop+"\n        n += 1\n"+
				"except (OSError, RuntimeError) as e: pass\nprint(n, flush=True)\nos._exit(0)")
			program.Processes = name == "processes"
			p := start(t, program)
			var tasks int
			if _, err := fmt.Fscan(p.Stdout, &tasks); err != nil || tasks > confine.MaxTasks || tasks < confine.MaxTasks-2 {
				t.Errorf("it has %d tasks, %v; want %d", tasks, err, confine.MaxTasks)
			}
		})
	}
}

// asNobody runs the test as another user.
func asNobody(t *testing.T) {
	t.Helper()
	const nobody = 65534
	dir, err := os.MkdirTemp("/tmp", "confine")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	binary, err := os.ReadFile("/proc/self/exe")
	copied := filepath.Join(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	filetest.WriteProgram(t, copied, binary)
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(copied, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir, cmd.Env = "/", []string{"TMPDIR=/tmp"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestLanguages runs what helpers are written in, beside Python, as a user whose tasks are counted.
func TestLanguages(t *testing.T) {
	if os.Getuid() == 0 {
		asNobody(t)
		return
	}
	for path, code := range map[string][2]string{
		"/bin/sh":       {"-c", `x=$(echo a | cat) && echo b >/dev/null && echo "computes"`},
		"/usr/bin/perl": {"-e", `use Digest::MD5; open(my $f, ">", "/dev/null") or die; print Digest::MD5::md5_hex("x") ? "computes\n" : "";`},
		"/usr/bin/node": {"-e", `require("crypto").pbkdf2("a", "b", 1000, 32, "sha256", () => console.log("computes"))`},
	} {
		t.Run(path, func(t *testing.T) {
			if _, err := os.Stat(path); err != nil {
				t.Skipf("it is missing here: %v", err)
			}
			if out, errs := output(t, confine.Program{Path: path, Args: code[:], Processes: path == "/bin/sh"}); out != "computes\n" {
				t.Errorf("says %q, %q", out, errs)
			}
		})
	}
}

// TestOrphan kills the process that started a program: the program ends, too, and so do the processes that it started.
func TestOrphan(t *testing.T) {
	if os.Getenv("CONFINE_PARENT") != "" {
		p := start(t, confine.Program{Path: "/bin/sh", Args: []string{"-c", "sleep 1000 & echo $$ $!; exec sleep 1000"}, Processes: true})
		var program, child int
		if _, err := fmt.Fscan(p.Stdout, &program, &child); err != nil {
			t.Fatal(err)
		}
		fmt.Println("processes", program, child)
		_, _ = io.ReadAll(os.Stdin)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	start(t, confine.Program{Path: "/bin/true"}) // skips the test where programs cannot be confined
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestOrphan$")
	cmd.Env = append(os.Environ(), "CONFINE_PARENT=yes")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var orphans [2]int
	if _, err := fmt.Fscanf(stdout, "processes %d %d", &orphans[0], &orphans[1]); err != nil {
		t.Fatal(err)
	}
	var handles []int
	for _, pid := range orphans {
		handle, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(handle)
		defer func() { _ = unix.PidfdSendSignal(handle, unix.SIGKILL, nil, 0) }()
		handles = append(handles, handle)
	}
	if err := errors.Join(stdin.Close(), cmd.Wait()); err == nil {
		t.Fatal("the parent was not killed")
	}
	for _, handle := range handles {
		waitEnd(t, handle)
	}
}

// TestPins starts a program only as long as its files are those that were checked.
func TestPins(t *testing.T) {
	dir := t.TempDir()
	echo, err := os.ReadFile("/bin/echo")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"script": []byte("#!/bin/echo\n"), "binary": echo} {
		t.Run(name, func(t *testing.T) {
			program := confine.Program{Path: filepath.Join(dir, name), Files: []string{filepath.Join(dir, name+" data")}, Args: []string{"hello"}}
			for _, path := range append(program.Files, program.Path) {
				filetest.WriteProgram(t, path, content)
			}
			for _, exchanged := range []string{"", program.Files[0], program.Path} {
				program.Pins = nil
				for _, path := range []string{program.Path, program.Files[0]} {
					info, err := os.Stat(path)
					if err != nil {
						t.Fatal(err)
					}
					program.Pins = append(program.Pins, confine.PinOf(path, info))
				}
				if exchanged == "" {
					if out, errs := output(t, program); !strings.HasSuffix(out, "hello\n") {
						t.Errorf("says %q, %q", out, errs)
					}
					continue
				}
				other := filepath.Join(dir, "other")
				filetest.WriteProgram(t, other, content)
				if err := os.Rename(other, exchanged); err != nil {
					t.Fatal(err)
				}
				if out, errs := output(t, program); out != "" || !strings.Contains(errs, "another file") {
					t.Errorf("runs although %s was exchanged: %q, %q", exchanged, out, errs)
				}
			}
		})
	}
}

// waitEnd waits for the end of a process.
func waitEnd(t testing.TB, handle int) {
	t.Helper()
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(handle), Events: unix.POLLIN}}, 30_000); err != nil || n != 1 {
		t.Errorf("a process goes on: %v", err)
	}
}

// TestRefused tells why a program did not start.
func TestRefused(t *testing.T) {
	for _, path := range []string{"/nonexistent", "relative"} {
		p := start(t, confine.Program{Path: path})
		errs, _ := io.ReadAll(p.Stderr)
		if ended := p.Ended(10 * time.Second); !strings.Contains(ended, "126") || !strings.Contains(string(errs), path) {
			t.Errorf("%s: %s; %s", path, ended, errs)
		}
	}
	if _, isCommand := confine.Main([]string{"run"}, io.Discard); isCommand {
		t.Error("run is taken for the launcher")
	}
}
