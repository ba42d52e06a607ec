// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using K230.Pack;
using K230.Tools;

namespace K230.Wire
{
    /// <summary>An app on its way into the storage of a device: its assemblies one after another, each aligned to 4
    /// bytes, and nothing behind them. Only blocks that differ are erased and written.</summary>
    public sealed class Deployment
    {
        private const byte Erased = 0xFF;

        private readonly Device _device;
        private readonly List<Block> _blocks = new();

        /// <summary>Asks the device what it has, and changes nothing.</summary>
        /// <exception cref="Failure">The app does not fit the firmware or the storage.</exception>
        public Deployment(Device device, App app)
        {
            _device = device;
            CheckNatives(app);
            LayOut(app);

            foreach (Block block in _blocks)
            {
                block.IsChanged = device.Crc(block.Address, block.Bytes.Length) != NanoCrc.Append(0, block.Bytes);
            }
        }

        /// <summary>Whether nothing is deployed: the first word of the storage is erased.</summary>
        public static bool IsEmpty(Device device)
        {
            Region region = device.Regions().FirstOrDefault(region => region.IsDeployment);
            byte[] word = [Erased, Erased, Erased, Erased];

            return region.Blocks == 0 || device.Crc(region.Start, word.Length) == NanoCrc.Append(0, word);
        }

        /// <summary>Gets the bytes of the app.</summary>
        public int AppBytes { get; private set; }

        /// <summary>Gets the bytes that have to be written.</summary>
        public int ChangedBytes
        {
            get { return _blocks.Where(block => block.IsChanged).Sum(block => block.Used); }
        }

        /// <summary>Gets how many blocks differ.</summary>
        public int ChangedBlocks
        {
            get { return _blocks.Count(block => block.IsChanged); }
        }

        /// <summary>Erases and writes what differs, and checks it.</summary>
        /// <param name="wrote">Is told how many bytes are written so far.</param>
        /// <exception cref="Failure">The storage is not what it should be.</exception>
        public void Write(Action<int> wrote = null)
        {
            if (ChangedBlocks == 0)
            {
                return;
            }

            bool isPaused = _device.Pause(); // the program runs from what is erased
            bool isErased = false;
            int done = 0;

            foreach (Block block in _blocks.Where(block => block.IsChanged))
            {
                try
                {
                    _device.Erase(block.Address, block.Bytes.Length);
                    isErased = true;
                }
                catch (Refused) when (isPaused && !isErased)
                {
                    _device.Resume();
                    throw;
                }

                int most = _device.MostWritten(block.WriteBytes);

                for (int at = 0; at < block.Used; at += most)
                {
                    int count = Math.Min(most, block.Used - at);

                    _device.Write(block.Address + (uint)at, block.Bytes.AsSpan(at, count));
                    done += count;
                    wrote?.Invoke(done);
                }

                if (_device.Crc(block.Address, block.Bytes.Length) != NanoCrc.Append(0, block.Bytes))
                {
                    throw new Failure(
                        _device.ToString(), "did not keep what was written at 0x" + block.Address.ToString("X8"),
                        "deploy again; if that repeats, its storage is broken");
                }
            }
        }

        private void CheckNatives(App app)
        {
            Dictionary<string, Native> natives = _device.Natives()
                .GroupBy(native => native.Name).ToDictionary(group => group.Key, group => group.First());
            var misfits = new List<string>();

            foreach (PeFile file in app.Assemblies)
            {
                if (natives.TryGetValue(file.Name, out Native native)
                    ? native.Checksum != file.NativeChecksum
                    : file.NativeChecksum != 0)
                {
                    string has = native.Name == null
                        ? "none" : "0x" + native.Checksum.ToString("X8") + " (" + native.Version + ")";

                    misfits.Add(
                        file + " needs natives 0x" + file.NativeChecksum.ToString("X8") + ", the firmware has " + has);
                }
            }

            if (misfits.Count > 0)
            {
                throw new Failure(
                    app.Main.Path, string.Join("; ", misfits),
                    "build the app with the packages that fit the firmware of " + _device +
                    " (./k230 devices lists its natives)");
            }
        }

        private void LayOut(App app)
        {
            Region[] regions = _device.Regions().Where(region => region.IsDeployment).ToArray();
            long room = regions.Sum(region => (long)region.Blocks * region.BlockBytes);
            byte[] image = app.Assemblies.SelectMany(file => Aligned(file.Bytes)).ToArray();

            AppBytes = image.Length;

            if (image.Length > room)
            {
                throw new Failure(
                    app.Main.Path, "takes " + image.Length + " bytes, the storage of " + _device + " has " + room,
                    room == 0 ? "build its firmware with a storage for apps"
                        : "give the app's own .pe, with which only what it needs is taken, or build its firmware " +
                            "with a larger storage");
            }

            int at = 0;

            foreach (Region region in regions)
            {
                for (uint i = 0; i < region.Blocks; i++)
                {
                    byte[] bytes = new byte[region.BlockBytes];
                    int used = Math.Min(image.Length - at, bytes.Length);

                    Array.Fill(bytes, Erased);
                    image.AsSpan(at, used).CopyTo(bytes);
                    at += used;
                    used += (region.WriteBytes - used % region.WriteBytes) % region.WriteBytes;
                    _blocks.Add(new Block(region.Start + i * region.BlockBytes, bytes, used, region.WriteBytes));
                }
            }
        }

        private static byte[] Aligned(ReadOnlySpan<byte> assembly)
        {
            byte[] bytes = new byte[(assembly.Length + 3) / 4 * 4];
            assembly.CopyTo(bytes);

            return bytes;
        }

        // Its whole contents, of which the first bytes are the app's.
        private sealed class Block(uint address, byte[] bytes, int used, int writeBytes)
        {
            internal uint Address { get; } = address;

            internal byte[] Bytes { get; } = bytes;

            internal int Used { get; } = used;

            internal int WriteBytes { get; } = writeBytes;

            internal bool IsChanged { get; set; }
        }
    }
}
