package live

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// archWord stands for the architecture of this computer in a path of a registration.
const archWord = "{arch}"

// Architectures are the architectures that a registration may have programs for, as Go names them: those on
// which programs can be confined.
func Architectures() []string { return []string{"386", "amd64", "arm", "arm64"} }

// forArch returns a path for an architecture.
func forArch(path, arch string) string { return strings.ReplaceAll(path, archWord, arch) }

// machineOf is the architecture in the header of an ELF file (System V ABI, "ELF Header"); "" if it is
// none of [Architectures].
func machineOf(header []byte) string {
	class, machine := elf.Class(header[elf.EI_CLASS]), elf.Machine(binary.LittleEndian.Uint16(header[18:]))
	switch {
	case elf.Data(header[elf.EI_DATA]) != elf.ELFDATA2LSB:
		return ""
	case class == elf.ELFCLASS32 && machine == elf.EM_386:
		return "386"
	case class == elf.ELFCLASS64 && machine == elf.EM_X86_64:
		return "amd64"
	case class == elf.ELFCLASS32 && machine == elf.EM_ARM:
		return "arm"
	case class == elf.ELFCLASS64 && machine == elf.EM_AARCH64:
		return "arm64"
	}
	return ""
}

// checkProgram returns why a file is no program for an architecture; "" stands for all of them.
func checkProgram(content []byte, arch string) error {
	const header = 20 // bytes up to the architecture
	isELF := bytes.HasPrefix(content, []byte(elf.ELFMAG)) && len(content) >= header
	switch {
	case bytes.HasPrefix(content, []byte("#!")):
		return nil
	case !isELF:
		return errors.New("it is neither a script that begins with #! nor a program of Linux (ELF)")
	}
	machine := machineOf(content[:header])
	switch {
	case !slices.Contains(Architectures(), machine):
		return fmt.Errorf("it is a program for an architecture that is none of %s", strings.Join(Architectures(), ", "))
	case arch == "":
		return fmt.Errorf("it is a program for %s alone: want %s in its path, such as bin/%s/NAME", machine, archWord, archWord)
	case machine != arch:
		return fmt.Errorf("it is a program for %s, not for %s", machine, arch)
	}
	return nil
}
