// A medium in memory that remembers each write and each sync, so that a test can cut the power after any byte of it.
#ifndef K230_MEDIUM_DOUBLE_H
#define K230_MEDIUM_DOUBLE_H

#include "k230_store.h"

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <vector>

namespace k230_test
{

using Bytes = std::vector<uint8_t>;
using Files = std::map<uint32_t, Bytes>; // those that are there

struct Change {
    bool is_sync;
    uint32_t file;
    uint32_t offset;
    Bytes bytes; // of a write
};

// The first `length` bytes of a write.
inline void apply(Files &files, const Change &write, size_t from, size_t length)
{
    Bytes &file = files[write.file];
    const size_t end = write.offset + from + length;
    if (file.size() < end)
        file.resize(end, 0);
    if (length > 0)
        memcpy(file.data() + write.offset + from, write.bytes.data() + from, length);
}

class MediumDouble
{
  public:
    explicit MediumDouble(Files left = {}) : files(std::move(left)) { m_medium.medium.ops = &OPS; }
    MediumDouble(const MediumDouble &) = delete;
    MediumDouble &operator=(const MediumDouble &) = delete;

    k230_medium *medium() { return &m_medium.medium; }

    Files files;                 // as a program sees them
    std::vector<Change> changes; // in their order
    int fails = 0;               // the result of the next operation that `fails_at` counts down to
    int fails_at = -1;           // -1: never
    std::function<bool(uint32_t)> unreadable = [](uint32_t) { return false; };

  private:
    struct Embedded {
        k230_medium medium;
        MediumDouble *owner;
    };
    Embedded m_medium{{nullptr}, this};

    static MediumDouble &of(k230_medium *medium) { return *reinterpret_cast<Embedded *>(medium)->owner; }

    bool fail() { return fails_at >= 0 && fails_at-- == 0; }

    static int64_t size(k230_medium *medium, uint32_t file)
    {
        const auto found = of(medium).files.find(file);
        return found == of(medium).files.end() ? -K230_ENOENT : static_cast<int64_t>(found->second.size());
    }

    static int read(k230_medium *medium, uint32_t file, uint32_t offset, void *bytes, uint32_t length)
    {
        const auto found = of(medium).files.find(file);
        if (of(medium).unreadable(file))
            return -K230_EIO;
        if (found == of(medium).files.end())
            return -K230_ENOENT;
        if (offset > found->second.size() || length > found->second.size() - offset)
            return -K230_EIO;
        memcpy(bytes, found->second.data() + offset, length);
        return 0;
    }

    static int write(k230_medium *medium, uint32_t file, uint32_t offset, const void *bytes, uint32_t length)
    {
        MediumDouble &self = of(medium);
        if (self.fail())
            return self.fails;
        const auto *from = static_cast<const uint8_t *>(bytes);
        self.changes.push_back({false, file, offset, Bytes(from, from + length)});
        apply(self.files, self.changes.back(), 0, length);
        return 0;
    }

    static int sync(k230_medium *medium, uint32_t file)
    {
        MediumDouble &self = of(medium);
        if (self.fail())
            return self.fails;
        self.changes.push_back({true, file, 0, {}});
        return 0;
    }

    static constexpr k230_medium_ops OPS = {size, read, write, sync};
};

} // namespace k230_test

#endif
