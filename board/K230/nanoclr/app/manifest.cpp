#include "manifest.h"

#include <stdlib.h>
#include <string.h>

namespace k230
{

namespace
{

const char PACK_AGAIN[] = "; pack the app again with ./k230 pack and copy it again";
const char ASSEMBLY[] = "ORDER NAME VERSION BYTES CRC32 NATIVES";

std::vector<std::string> Words(const std::string &line)
{
    std::vector<std::string> words;
    size_t at = 0;

    while (at <= line.size()) {
        const size_t end = line.find(' ', at) == std::string::npos ? line.size() : line.find(' ', at);

        words.push_back(line.substr(at, end - at));
        at = end + 1;
    }

    return words;
}

bool IsMadeOf(const std::string &text, const char *characters)
{
    return !text.empty() && text.find_first_not_of(characters) == std::string::npos;
}

bool Number(const std::string &text, uint32_t &number)
{
    if (!IsMadeOf(text, "0123456789") || text.size() > 9) {
        return false;
    }

    number = static_cast<uint32_t>(strtoul(text.c_str(), NULL, 10));
    return true;
}

bool Hexadecimal(const std::string &text, uint32_t &number)
{
    if (!IsMadeOf(text, "0123456789ABCDEF") || text.size() != 8) {
        return false;
    }

    number = static_cast<uint32_t>(strtoul(text.c_str(), NULL, 16));
    return true;
}

// A name is a file's in this folder: no slash gets in, and no dot comes first.
bool IsName(const std::string &text)
{
    return IsMadeOf(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") && text[0] != '.' &&
           text.size() <= 100;
}

const ManifestLine *Find(const Manifest &manifest, const std::string &name)
{
    for (const ManifestLine &assembly : manifest.assemblies) {
        if (assembly.name == name) {
            return &assembly;
        }
    }

    return NULL;
}

// What a person sees of a line that may be anything.
std::string Shown(const std::string &line)
{
    std::string shown;

    for (const char c : line.substr(0, 60)) {
        shown += c >= ' ' && c <= '~' ? c : '?';
    }

    return "'" + shown + (line.size() > 60 ? "...'" : "'");
}

class Reader
{
  public:
    Reader(const std::string &text, const std::string &path, Manifest &manifest, std::string &error)
        : m_text(text), m_path(path), m_manifest(manifest), m_error(error)
    {
    }

    bool Read()
    {
        std::string line;

        if (!Next(line) || line != "k230-app 1") {
            m_line = 1;
            return Fail("expected 'k230-app 1', found " + Shown(line));
        }

        while (Next(line)) {
            if (line.empty() || line[0] == '#') {
                continue;
            }
            if (!m_manifest.start.empty()) {
                return Fail("nothing comes after 'start', found " + Shown(line));
            }
            if (!(line.compare(0, 6, "start ") == 0 ? Start(line.substr(6)) : Assembly(line))) {
                return false;
            }
        }

        return !m_manifest.start.empty() || Fail("the line 'start NAME' is missing: the file was cut");
    }

  private:
    // A carriage return of an editor's does no harm.
    bool Next(std::string &line)
    {
        if (m_at >= m_text.size()) {
            return false;
        }

        const size_t end = m_text.find('\n', m_at) == std::string::npos ? m_text.size() : m_text.find('\n', m_at);

        line = m_text.substr(m_at, end - m_at);
        if (!line.empty() && line[line.size() - 1] == '\r') {
            line.erase(line.size() - 1);
        }

        m_at = end + 1;
        m_line++;
        return true;
    }

    bool Assembly(const std::string &line)
    {
        const std::vector<std::string> words = Words(line);
        const size_t expected = m_manifest.assemblies.size() + 1;
        ManifestLine assembly;
        uint32_t order;

        if (words.size() != 6 || !Number(words[0], order) || !IsName(words[1]) || !IsMadeOf(words[2], "0123456789.") ||
            !Number(words[3], assembly.bytes) || !Hexadecimal(words[4], assembly.crc) ||
            !Hexadecimal(words[5], assembly.natives)) {
            return Fail("expected '" + std::string(ASSEMBLY) + "', found " + Shown(line));
        }
        if (order != expected) {
            return Fail("expected assembly number " + std::to_string(expected) + ", found " + words[0] +
                        ": a line is missing, or the order was changed");
        }
        if (expected > K230_APP_ASSEMBLIES) {
            return Fail("more than " + std::to_string(K230_APP_ASSEMBLIES) +
                        " assemblies, which nanoCLR does not load");
        }

        assembly.name = words[1];
        assembly.version = words[2];
        assembly.line = m_line;

        const ManifestLine *first = Find(m_manifest, assembly.name);

        if (first != NULL) {
            return Fail(assembly.name + " is in line " + std::to_string(first->line) + " already");
        }

        m_manifest.assemblies.push_back(assembly);
        return true;
    }

    bool Start(const std::string &name)
    {
        if (Find(m_manifest, name) == NULL) {
            return Fail("starts " + Shown(name) + ", which is none of the assemblies above");
        }

        m_manifest.start = name;
        m_manifest.start_line = m_line;
        return true;
    }

    bool Fail(const std::string &what)
    {
        m_error = m_path + ":" + std::to_string(m_line) + ": " + what + PACK_AGAIN;
        return false;
    }

    const std::string &m_text;
    const std::string &m_path;
    Manifest &m_manifest;
    std::string &m_error;
    size_t m_at = 0;
    unsigned m_line = 0;
};

} // namespace

bool ReadManifest(const std::string &text, const std::string &path, Manifest &manifest, std::string &error)
{
    manifest = Manifest();
    return Reader(text, path, manifest, error).Read();
}

uint32_t Crc32(const uint8_t *bytes, size_t count)
{
    uint32_t crc = 0xFFFFFFFFu;

    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
        }
    }

    return ~crc;
}

} // namespace k230
