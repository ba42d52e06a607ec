// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

namespace K230.Wire
{
    /// <summary>The natives of an assembly that the firmware has.</summary>
    public readonly record struct Native(string Name, Version Version, uint Checksum);

    /// <summary>An assembly that the CLR has loaded.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Version">Its version.</param>
    /// <param name="IsDeployed">It comes from the storage that deploying writes.</param>
    public readonly record struct LoadedAssembly(string Name, Version Version, bool IsDeployed);

    /// <summary>Blocks of the same size, one after another.</summary>
    /// <param name="Start">Where the first begins.</param>
    /// <param name="Blocks">How many there are.</param>
    /// <param name="BlockBytes">The size of each.</param>
    /// <param name="Flags">What they are for, and how they are written.</param>
    public readonly record struct Region(uint Start, uint Blocks, uint BlockBytes, uint Flags)
    {
        private const uint UsageMask = 0xF0;
        private const uint UsageDeployment = 0x50;
        private const uint WidthMask = 0x7E00;
        private const int WidthShift = 6; // 0x200 stands for 64 bits, and each further bit for twice as many

        /// <summary>Gets a value indicating whether apps are deployed here.</summary>
        public bool IsDeployment
        {
            get { return (Flags & UsageMask) == UsageDeployment; }
        }

        /// <summary>Gets how many bytes are written at once at least.</summary>
        public int WriteBytes
        {
            get { return (Flags & WidthMask) == 0 ? 1 : (int)((Flags & WidthMask) >> WidthShift); }
        }
    }

    /// <summary>Who a device is.</summary>
    public sealed record Firmware(string Target, string Platform, string Info, Version Clr);

    /// <summary>A device that answers.</summary>
    public sealed class Device : IDisposable
    {
        private const uint SourceClr = 0x10000;
        private const uint SourceBooter = 0x10001;
        private const uint SourceHost = 0x10002;
        private const uint ExitedFlag = 0x4;
        private const uint Crc32Flag = 0x10;
        private const int PacketSizeShift = 8;
        private const uint PacketSizeMask = 0x7;

        private const uint Stopped = 0x80000000;

        private const uint NoError = 1;

        private const uint NativesOf = 8;
        private const uint NativesCount = 9;
        private const int NativeBytes = 140;
        private const int MostNatives = 255; // a byte holds the index

        private const uint DeployedFlag = 0x8;

        private const uint ClrOnly = 2;
        private const uint WaitForDebugger = 4;

        private readonly Address _address;
        private bool _isTurnedAway; // the device closed the connection before it had said who it is

        private Device(Address address)
        {
            _address = address;
        }

        /// <summary>Gets the connection.</summary>
        public Connection Connection { get; private set; }

        /// <summary>Gets the longest payload that the device takes.</summary>
        public int PacketBytes { get; private set; }

        /// <summary>Gets a value indicating whether the program had ended already when the device was asked.</summary>
        public bool HasEnded { get; private set; }

        /// <summary>Connects, and asks who is there.</summary>
        /// <exception cref="Failure">There is no device, or it takes no other client.</exception>
        public static Device Connect(Address address)
        {
            var device = new Device(address);

            for (int attempt = 0; ; attempt++)
            {
                try
                {
                    device.Open();
                    return device;
                }
                catch (Lost) when (device._isTurnedAway && attempt < Deadlines.Anew.Length)
                {
                    Thread.Sleep(Deadlines.Anew[attempt]);
                }
            }
        }

        /// <summary>Connects again, after the connection was lost.</summary>
        public void Reconnect()
        {
            Connection.Dispose();
            Open();
        }

        /// <summary>The names and versions of the firmware.</summary>
        public Firmware Firmware()
        {
            const int VersionBytes = 8;
            const int InfoBytes = 128;
            const int NameBytes = 32;
            const int WholeBytes = 2 * VersionBytes + InfoBytes + 2 * NameBytes;

            byte[] reply = Reply(PacketCommand.TargetInfo, "tell its firmware", WholeBytes);
            ReadOnlySpan<byte> texts = reply.AsSpan(2 * VersionBytes);

            return new Firmware(
                Text(texts.Slice(InfoBytes, NameBytes)), Text(texts.Slice(InfoBytes + NameBytes, NameBytes)),
                Text(texts[..InfoBytes]), VersionAt(reply.AsSpan(VersionBytes)));
        }

        /// <summary>The natives of the firmware.</summary>
        public IReadOnlyList<Native> Natives()
        {
            uint count = UInt32(Reply(
                PacketCommand.QueryCapabilities, "count its natives", 4, Payload(NativesCount)));
            var natives = new List<Native>();
            int batch = Math.Max(1, PacketBytes / NativeBytes);

            while (natives.Count < Math.Min(count, MostNatives))
            {
                byte[] reply = Reply(
                    PacketCommand.QueryCapabilities, "list its natives", NativeBytes,
                    Payload((uint)batch << 24 | (uint)natives.Count << 16 | NativesOf));

                for (int at = 0; at + NativeBytes <= reply.Length; at += NativeBytes)
                {
                    ReadOnlySpan<byte> native = reply.AsSpan(at, NativeBytes);
                    natives.Add(new Native(Text(native[12..]), VersionAt(native[4..]), UInt32(native)));
                }
            }

            return natives;
        }

        /// <summary>The assemblies that the CLR has loaded.</summary>
        public IReadOnlyList<LoadedAssembly> Assemblies()
        {
            const int NameOffset = 12;

            byte[] numbers = Reply(PacketCommand.Assemblies, "list its assemblies", 0);
            var assemblies = new List<LoadedAssembly>();

            for (int at = 0; at + 4 <= numbers.Length; at += 4)
            {
                byte[] reply = Reply(
                    PacketCommand.ResolveAssembly, "name an assembly", NameOffset + 1, numbers[at..(at + 4)]);

                assemblies.Add(new LoadedAssembly(
                    Text(reply.AsSpan(NameOffset)), VersionAt(reply.AsSpan(4)), (UInt32(reply) & DeployedFlag) != 0));
            }

            return assemblies;
        }

        /// <summary>Where its storage lies.</summary>
        public IReadOnlyList<Region> Regions()
        {
            const int RegionBytes = 16;
            const long MostBytes = 64 * 1024 * 1024;

            byte[] reply = Reply(PacketCommand.FlashSectorMap, "tell its storage", 0);
            var regions = new List<Region>();

            for (int at = 0; at + RegionBytes <= reply.Length; at += RegionBytes)
            {
                regions.Add(new Region(
                    UInt32(reply.AsSpan(at)), UInt32(reply.AsSpan(at + 4)), UInt32(reply.AsSpan(at + 8)),
                    UInt32(reply.AsSpan(at + 12))));
            }

            // Blocks are kept whole in memory.
            if (regions.Sum(region => (double)region.Blocks * region.BlockBytes) > MostBytes)
            {
                throw new Failure(
                    ToString(), "tells a storage of more than " + MostBytes + " bytes",
                    "look whether its firmware is nanoCLR 1");
            }

            return regions;
        }

        /// <summary>The CRC-32 of a part of the storage.</summary>
        public uint Crc(uint address, int count) =>
            UInt32(Reply(PacketCommand.CheckMemory, "check its storage", 4, Payload(address, (uint)count)));

        /// <summary>Erases a block.</summary>
        public void Erase(uint address, int count) =>
            Access(PacketCommand.EraseMemory, Payload(address, (uint)count), "erase", address);

        /// <summary>Writes into what was erased, at most <see cref="MostWritten"/> bytes.</summary>
        public void Write(uint address, ReadOnlySpan<byte> bytes) =>
            Access(PacketCommand.WriteMemory, [.. Payload(address, (uint)bytes.Length), .. bytes], "write", address);

        /// <summary>How many bytes one request writes at most.</summary>
        /// <param name="writeBytes">How many the storage writes at once.</param>
        public int MostWritten(int writeBytes) => (PacketBytes - 8) / writeBytes * writeBytes;

        /// <summary>Stops the program's threads.</summary>
        /// <returns>False if they had been stopped already.</returns>
        public bool Pause()
        {
            uint before = Conditions(0, 0);

            if ((before & Stopped) == 0)
            {
                Conditions(Stopped, 0);
            }

            return (before & Stopped) == 0;
        }

        /// <summary>Lets the program go on.</summary>
        public void Resume() => Conditions(0, Stopped);

        /// <summary>Starts the CLR again, and with it what is deployed. Returns when it has started.</summary>
        /// <param name="runs">False lets it wait before the program begins.</param>
        public void Reboot(bool runs)
        {
            Connection.StopsAtStart = !runs;

            // It may be gone before its reply is: what counts is that it comes back.
            try
            {
                Connection.Request(
                    PacketCommand.Reboot, Payload(ClrOnly | (runs ? 0 : WaitForDebugger)), "start again",
                    Deadlines.OneAttempt);
            }
            catch (Lost)
            {
            }

            long end = Environment.TickCount64 + (long)Deadlines.Restart.TotalMilliseconds;

            for (long rest = end - Environment.TickCount64; rest > 0; rest = end - Environment.TickCount64)
            {
                if (!Connection.TryTake(out News news, TimeSpan.FromMilliseconds(rest)))
                {
                    break;
                }

                if (news.Kind == NewsKind.Started || (news.Kind == NewsKind.Lost && ComesBack(end)))
                {
                    return;
                }
            }

            throw new Lost(
                ToString(), "has not come back after its restart", "look at its console, and start it by hand");
        }

        /// <inheritdoc/>
        public void Dispose() => Connection?.Dispose();

        /// <inheritdoc/>
        public override string ToString() => _address.ToString();

        private static byte[] Payload(params uint[] numbers)
        {
            byte[] payload = new byte[4 * numbers.Length];

            for (int i = 0; i < numbers.Length; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(4 * i), numbers[i]);
            }

            return payload;
        }

        private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

        private static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

        private static Version VersionAt(ReadOnlySpan<byte> bytes)
        {
            return new Version(
                UInt16(bytes), UInt16(bytes[2..]), UInt16(bytes[4..]), UInt16(bytes[6..]));
        }

        // Up to the first zero. What the device says is printed on a terminal.
        private static string Text(ReadOnlySpan<byte> bytes)
        {
            int zero = bytes.IndexOf((byte)0);
            string text = Encoding.UTF8.GetString(zero < 0 ? bytes : bytes[..zero]);

            return new string(text.Where(c => !char.IsControl(c)).ToArray());
        }

        private void Open()
        {
            Lost last = null;
            _isTurnedAway = false;

            foreach (Stream stream in _address.Open())
            {
                Connection = new Connection(ToString(), stream);

                try
                {
                    Ping();
                    return;
                }
                catch (Lost)
                {
                    _isTurnedAway = Connection.IsLost;
                    last = _isTurnedAway ? HasClosed() : new Lost(ToString(), "says nothing", _address.Silent);
                    Connection.Dispose();
                }
                catch
                {
                    Connection.Dispose();
                    throw;
                }
            }

            throw last;
        }

        // A device that takes no other client may say so before it closes.
        private Lost HasClosed()
        {
            var said = new Lines();

            while (Connection.TryTake(out News news, TimeSpan.Zero))
            {
                if (news.Kind == NewsKind.Output)
                {
                    said.Add(news.Bytes);
                }
            }

            string text = string.Join(" ", said.Take().Append(said.TakeRest()).Where(line => line.Length > 0));

            return new Lost(
                ToString(), "closed the connection at once" + (text.Length == 0 ? "" : ", and said: " + text),
                text.Length == 0 ? _address.Closed : _address.TurnedAway);
        }

        private void Ping()
        {
            byte[] reply = Connection.Request(
                PacketCommand.Ping, Payload(SourceHost, 0), "say who it is", Deadlines.FirstAttempts);

            if (reply.Length < 8)
            {
                throw Strange("say who it is");
            }

            uint source = UInt32(reply);
            uint flags = UInt32(reply.AsSpan(4));

            if (source != SourceClr)
            {
                throw new Failure(
                    ToString(),
                    source == SourceBooter ? "runs nanoBooter and not the CLR" : "is no nanoFramework device",
                    source == SourceBooter ? "flash a CLR first" : "give another address");
            }

            if ((flags & Crc32Flag) == 0)
            {
                throw new Failure(
                    ToString(), "sends no checksums", "build its firmware with CONFIG_NF_WP_ENABLE_CRC32");
            }

            HasEnded = (flags & ExitedFlag) != 0;
            PacketBytes = (flags >> PacketSizeShift & PacketSizeMask) switch
            {
                1 => 1024,
                2 => 512,
                3 => 256,
                4 => 128,
                _ => throw Strange("tell the size of its packets"),
            };
        }

        private bool ComesBack(long end)
        {
            while (Environment.TickCount64 < end)
            {
                try
                {
                    bool stops = Connection.StopsAtStart;
                    Reconnect();
                    Connection.StopsAtStart = stops;
                    return true;
                }
                catch (Lost)
                {
                    Thread.Sleep(200);
                }
            }

            return false;
        }

        private uint Conditions(uint set, uint reset)
        {
            return UInt32(Reply(
                PacketCommand.ChangeConditions, "pause or resume its program", 4, Payload(set, reset)));
        }

        private void Access(PacketCommand command, byte[] payload, string what, uint address)
        {
            string at = what + " its storage at 0x" + address.ToString("X8");
            uint error = UInt32(Reply(command, at, 4, payload));

            if (error != NoError)
            {
                throw new Refused(
                    ToString(), "could not " + at + " (error 0x" + error.ToString("X2") + ")",
                    "look at its console; deploy again");
            }
        }

        private byte[] Reply(PacketCommand command, string what, int least, byte[] payload = null)
        {
            byte[] reply = Connection.Request(command, payload ?? [], what);

            return reply.Length >= least ? reply : throw Strange(what);
        }

        private Failure Strange(string what) => new Failure(
            ToString(), "answered with too few bytes when asked to " + what, "look whether its firmware is nanoCLR 1");
    }
}
