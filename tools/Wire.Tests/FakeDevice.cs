// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using K230.Tools;

namespace K230.Wire.Tests
{
    /// <summary>A device in memory: it speaks packets over TCP, has natives and a storage, and "runs" a script after
    /// each start. A test may stand between a request and its reply.</summary>
    internal sealed class FakeDevice : IDisposable
    {
        internal const int Blocks = 4;
        internal const int BlockBytes = 4096;
        internal const uint Start = 0x08000000;

        private const uint StoppedFlag = 0x80000000;

        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly object _sending = new();
        private TcpClient _client;
        private uint _conditions;
        private ushort _sequence;

        internal FakeDevice()
        {
            Array.Fill(Storage, (byte)0xFF);
            _listener.Start();
            Address = "127.0.0.1:" + ((IPEndPoint)_listener.LocalEndpoint).Port;
            new Thread(Accept) { IsBackground = true }.Start();
        }

        /// <summary>Stands before the device: what is sent instead of its replies; null leaves it to the device.
        /// </summary>
        internal Func<Packet, IEnumerable<byte[]>> Between { get; set; }

        /// <summary>Runs after a start of the CLR, and may print.</summary>
        internal Action<FakeDevice> Program { get; set; } = device => device.Ends();

        internal List<Native> Natives { get; } = [new Native("mscorlib", new Version(100, 5, 0, 24), 0x1549C856)];

        internal List<LoadedAssembly> Assemblies { get; } = [];

        internal byte[] Storage { get; } = new byte[Blocks * BlockBytes];

        internal List<Packet> Requests { get; } = [];

        internal uint PacketSize { get; set; } = 0x100;

        internal uint Source { get; set; } = 0x10000;

        internal uint RegionFlags { get; set; } = 0x50;

        internal uint RebootFlags { get; private set; }

        internal uint StopInPingReply { get; private set; }

        internal bool HasEnded { get; set; }

        internal bool IsPaused
        {
            get { return (_conditions & StoppedFlag) != 0; }
        }

        internal string Address { get; }

        public void Dispose()
        {
            _listener.Stop();
            Vanish();
        }

        internal Device Connect() => Device.Connect(Wire.Address.Parse(Address));

        internal int Count(PacketCommand command)
        {
            lock (Requests)
            {
                return Requests.Count(request => request.Command == command);
            }
        }

        internal void Vanish() => _client?.Close();

        internal void StopListening() => _listener.Stop();

        internal void Prints(string text) => Prints(Encoding.UTF8.GetBytes(text));

        internal void Prints(byte[] piece) => Tells(PacketCommand.Message, piece);

        internal void Starts() => Tells(PacketCommand.Ping, [0, 0, 1, 0, 0, 0, 0, 0]);

        internal void Ends() => Tells(PacketCommand.ProgramExit, []);

        internal void Tells(PacketCommand command, byte[] payload) =>
            Send(new Packet(command, _sequence++, 0, PacketFlags.NonCritical, payload).ToBytes());

        internal void Send(byte[] bytes)
        {
            try
            {
                lock (_sending)
                {
                    _client.GetStream().Write(bytes);
                }
            }
            catch (Exception e) when (e is System.IO.IOException or InvalidOperationException)
            {
                // The tool has gone.
            }
        }

        /// <summary>The device's own reply.</summary>
        internal Packet Reply(Packet request)
        {
            byte[] payload = Handle(request);

            return new Packet(
                request.Command, _sequence++, request.Sequence,
                PacketFlags.Reply | PacketFlags.NonCritical | (payload == null ? PacketFlags.Nack : PacketFlags.Ack),
                payload ?? []);
        }

        internal static byte[] Numbers(params uint[] numbers)
        {
            byte[] bytes = new byte[4 * numbers.Length];

            for (int i = 0; i < numbers.Length; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), numbers[i]);
            }

            return bytes;
        }

        private static uint Number(byte[] payload, int index) =>
            BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(4 * index));

        private static byte[] Text(string text, int count)
        {
            byte[] bytes = new byte[count];
            Encoding.UTF8.GetBytes(text, bytes);

            return bytes;
        }

        private static byte[] Version(Version version)
        {
            return new[] { version.Major, version.Minor, version.Build, version.Revision }
                .SelectMany(part => BitConverter.GetBytes((ushort)part)).ToArray();
        }

        private void Accept()
        {
            try
            {
                while (true)
                {
                    TcpClient client = _listener.AcceptTcpClient();
                    client.NoDelay = true;
                    _client = client;
                    new Thread(() => Serve(client)) { IsBackground = true }.Start();
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // Disposed.
            }
        }

        private void Serve(TcpClient client)
        {
            var reader = new PacketReader();
            byte[] bytes = new byte[4096];

            try
            {
                for (int count = client.GetStream().Read(bytes); count > 0; count = client.GetStream().Read(bytes))
                {
                    reader.Add(bytes.AsSpan(0, count));

                    for (Packet packet = reader.Next(); packet != null; packet = reader.Next())
                    {
                        Take(packet);
                    }
                }
            }
            catch (Exception e) when (e is System.IO.IOException or InvalidOperationException)
            {
                // The tool or the test has closed it.
            }
        }

        private void Take(Packet request)
        {
            lock (Requests)
            {
                Requests.Add(request);
            }

            if ((request.Flags & PacketFlags.Reply) != 0)
            {
                StopInPingReply = Number(request.Payload, 1);
                return;
            }

            IEnumerable<byte[]> instead = Between?.Invoke(request);

            foreach (byte[] bytes in instead ?? [Reply(request).ToBytes()])
            {
                Send(bytes);
            }

            if (instead == null && request.Command == PacketCommand.Reboot)
            {
                RebootFlags = Number(request.Payload, 0);
                Starts();
                new Thread(() => Program(this)) { IsBackground = true }.Start();
            }
        }

        // The payload, or null for a NACK.
        private byte[] Handle(Packet request)
        {
            switch (request.Command)
            {
                case PacketCommand.Ping:
                    return Numbers(Source, 0x10 | PacketSize | (HasEnded ? 4u : 0));
                case PacketCommand.TargetInfo:
                    return
                    [
                        .. new byte[8], .. Version(new Version(1, 2, 3, 4)), .. Text("made by tests", 128),
                        .. Text("FAKE", 32), .. Text("tests", 32), .. new byte[128],
                    ];
                case PacketCommand.FlashSectorMap:
                    return Numbers(0x06000000, 2, BlockBytes, 0x20, Start, Blocks, BlockBytes, RegionFlags);
                case PacketCommand.ChangeConditions:
                    _conditions = (_conditions | Number(request.Payload, 0)) & ~Number(request.Payload, 1);
                    return Numbers(_conditions);
                case PacketCommand.QueryCapabilities:
                    return Capabilities(Number(request.Payload, 0));
                case PacketCommand.Assemblies:
                    return Numbers(Assemblies.Select((_, i) => (uint)i << 16).ToArray());
                case PacketCommand.ResolveAssembly:
                    LoadedAssembly assembly = Assemblies[(int)(Number(request.Payload, 0) >> 16)];
                    return
                    [
                        .. Numbers(assembly.IsDeployed ? 0xFu : 0x7), .. Version(assembly.Version),
                        .. Text(assembly.Name, 512),
                    ];
                case PacketCommand.Reboot:
                    return [];
                default:
                    return Access(request);
            }
        }

        private byte[] Capabilities(uint what)
        {
            switch (what & 0xFF)
            {
                case 9:
                    return Numbers((uint)Natives.Count);
                case 8:
                    return Natives.Skip((int)(what >> 16 & 0xFF)).Take((int)(what >> 24))
                        .SelectMany(native => (byte[])
                            [.. Numbers(native.Checksum), .. Version(native.Version), .. Text(native.Name, 128)])
                        .ToArray();
                default:
                    return null;
            }
        }

        // As flash: erasing sets all bits of a block, and writing clears bits.
        private byte[] Access(Packet request)
        {
            long at = (long)Number(request.Payload, 0) - Start;
            int count = (int)Number(request.Payload, 1);

            if (at < 0 || count < 0 || at + count > Storage.Length)
            {
                return request.Command == PacketCommand.CheckMemory ? null : Numbers(0x30);
            }

            Span<byte> bytes = Storage.AsSpan((int)at, count);

            switch (request.Command)
            {
                case PacketCommand.CheckMemory:
                    return Numbers(NanoCrc.Append(0, bytes));
                case PacketCommand.EraseMemory:
                    Storage.AsSpan((int)at / BlockBytes * BlockBytes, BlockBytes).Fill(0xFF);
                    return Numbers(1);
                case PacketCommand.WriteMemory:
                    for (int i = 0; i < count; i++)
                    {
                        bytes[i] &= request.Payload[8 + i];
                    }

                    return Numbers(1);
                default:
                    return null;
            }
        }
    }
}
