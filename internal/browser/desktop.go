package browser

import (
	"path/filepath"
	"strings"

	"hotspot-helper/internal/file"
)

// maxDesktopFile bounds the files of the desktop that are read, in bytes.
const maxDesktopFile = 256 << 10

// defaultProgram returns the absolute path of the program that the desktop starts for http URLs, or "": as
// mimeapps.list names it (XDG MIME Applications 1.0.1), and its desktop entry (Desktop Entry Specification 1.5).
func defaultProgram(getenv func(string) string) string {
	data := dataDirs(getenv)
	var lists []string
	for _, dir := range configDirs(getenv) {
		lists = append(lists, filepath.Join(dir, "mimeapps.list"))
	}
	for _, dir := range data {
		lists = append(lists, filepath.Join(dir, "applications", "mimeapps.list"))
	}
	for _, list := range lists {
		for id := range strings.SplitSeq(value(list, "Default Applications", "x-scheme-handler/http"), ";") {
			if program := programOf(strings.TrimSpace(id), data); program != "" {
				return lookUp(program, getenv("PATH"))
			}
		}
	}
	return ""
}

// programOf returns the program that a desktop entry starts; "" if there is no such entry.
func programOf(id string, data []string) string {
	if id == "" || id != filepath.Base(id) {
		return ""
	}
	for _, dir := range data {
		if exec := value(filepath.Join(dir, "applications", id), "Desktop Entry", "Exec"); exec != "" {
			return firstWord(exec)
		}
	}
	return ""
}

// configDirs and dataDirs are those of the XDG Base Directory Specification, the most important first.
func configDirs(getenv func(string) string) []string {
	return baseDirs(getenv, "XDG_CONFIG_HOME", ".config", "XDG_CONFIG_DIRS", "/etc/xdg")
}

func dataDirs(getenv func(string) string) []string {
	return baseDirs(getenv, "XDG_DATA_HOME", ".local/share", "XDG_DATA_DIRS", "/usr/local/share:/usr/share")
}

func baseDirs(getenv func(string) string, own, below, others, usual string) []string {
	var dirs []string
	if dir := getenv(own); filepath.IsAbs(dir) {
		dirs = append(dirs, dir)
	} else if home := getenv("HOME"); filepath.IsAbs(home) {
		dirs = append(dirs, filepath.Join(home, below))
	}
	list := getenv(others)
	if list == "" {
		list = usual
	}
	for _, dir := range filepath.SplitList(list) {
		if filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// value returns that of a key in a group of a file; "" if there is none.
func value(path, group, key string) string {
	text, err := file.Read(path, maxDesktopFile)
	if err != nil {
		return ""
	}
	inside := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			inside = line == "["+group+"]"
			continue
		}
		if name, value, ok := strings.Cut(line, "="); ok && inside && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// firstWord returns the program of an Exec line.
func firstWord(exec string) string {
	if rest, quoted := strings.CutPrefix(exec, `"`); quoted {
		word, _, _ := strings.Cut(rest, `"`)
		return word
	}
	word, _, _ := strings.Cut(exec, " ")
	return word
}
