// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace K230.Bench
{
    /// <summary>The one process that every near end meets: bench/native/far.c.</summary>
    internal sealed class FarEnd : IDisposable
    {
        // It prints its ports as soon as it listens.
        private static readonly TimeSpan s_start = TimeSpan.FromSeconds(10);

        private readonly LineProcess _process;

        /// <exception cref="Failure">It does not start.</exception>
        public FarEnd(string program)
        {
            _process = new LineProcess("the far end", program);

            int[] ports = Ports(_process.Hear("which are your ports", s_start));
            Port = ports[0];
            BytePort = ports[1];
        }

        /// <summary>Where streams say what they want, and datagrams are counted.</summary>
        public int Port { get; }

        /// <summary>Where a connection is one byte, that byte back, and the end.</summary>
        public int BytePort { get; }

        public int ProcessId => _process.Id;

        /// <summary>The exit code, if it has ended or does so within the time; else null.</summary>
        public int? Ended(TimeSpan limit) => _process.Ended(limit);

        public void Dispose() => _process.Dispose();

        private static int[] Ports(string line)
        {
            int[] ports = line.Split(' ')
                .Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)
                .ToArray();

            return ports.Length == 2 && ports.All(p => p > 0)
                ? ports
                : throw new Failure($"the far end should have told two ports, but said \"{line}\"");
        }
    }

    /// <summary>
    /// What the far end understands (bench/native/far.h), and the talk with it that does not belong to a measurement:
    /// that goes over the kernel, whatever is measured.
    /// </summary>
    internal static class FarSide
    {
        public const int LineLength = 32;

        public static byte[] Sink(long bytes) => Ask('S', 0, bytes);

        /// <summary>A sink that reads so many KiB a second, whatever comes, and has little room.</summary>
        public static byte[] SlowSink(int kibps) => Ask('S', kibps, long.MaxValue);

        public static byte[] Source(long bytes) => Ask('G', 0, bytes);

        public static byte[] Echo(int size) => Ask('E', size, 0);

        /// <summary>The far end connects to the port, so many times one after another.</summary>
        public static Socket Call(int farPort, int port, long times) => Aside(farPort, Ask('C', port, times));

        /// <summary>Datagrams that came to the far end since it began, and those that the kernel dropped.</summary>
        public static (long Came, long Dropped) Datagrams(int farPort)
        {
            using Socket aside = Aside(farPort, Ask('N', 0, 0));
            byte[] answer = new byte[16];
            Fill(aside, answer);

            return (BinaryPrimitives.ReadInt64LittleEndian(answer),
                BinaryPrimitives.ReadInt64LittleEndian(answer.AsSpan(8)));
        }

        public static void Fill(Socket socket, byte[] buffer)
        {
            using var stream = new NetworkStream(socket, ownsSocket: false);
            stream.ReadExactly(buffer);
        }

        /// <summary>The count with which the far end ends a sink.</summary>
        public static void Confirm(byte[] answer, long total)
        {
            long came = BinaryPrimitives.ReadInt64LittleEndian(answer);

            if (came != total)
            {
                throw new InvalidDataException($"of {total} bytes the far end has {came}");
            }
        }

        /// <summary>For libraries that do not tell which port they have bound.</summary>
        public static int FreePort()
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

            return ((IPEndPoint)socket.LocalEndPoint).Port;
        }

        private static Socket Aside(int farPort, byte[] ask)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, farPort);
            socket.Send(ask);

            return socket;
        }

        private static byte[] Ask(char service, int size, long total)
        {
            byte[] ask = new byte[24]; // struct bench_ask
            BinaryPrimitives.WriteUInt32LittleEndian(ask, service);
            BinaryPrimitives.WriteInt32LittleEndian(ask.AsSpan(4), size);
            BinaryPrimitives.WriteInt64LittleEndian(ask.AsSpan(8), total);

            return ask;
        }
    }
}
