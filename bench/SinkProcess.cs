// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace K230.Bench
{
    /// <summary>
    /// Another process of this program, started with "sink", that takes bytes from the kernel and drops them.
    /// A connection begins with the number of bytes to come (8 bytes) and ends with the number that came.
    /// </summary>
    internal sealed class SinkProcess : IDisposable
    {
        public const string Verb = "sink";

        private readonly Process _process;

        public SinkProcess()
        {
            string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
            string[] arguments = [typeof(SinkProcess).Assembly.Location, Verb];
            _process = Process.Start(new ProcessStartInfo(dotnet, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            });

            if (!int.TryParse(_process.StandardOutput.ReadLine(), out int port))
            {
                throw new IOException("the sink did not start");
            }

            Port = port;
        }

        public int Port { get; }

        /// <summary>The sink ends when its standard input does, so it never outlives this process.</summary>
        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }

        /// <summary>What the other process runs.</summary>
        public static int Serve()
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
            new Thread(() => Accept(listener)) { IsBackground = true }.Start();
            Console.In.ReadToEnd();
            return 0;
        }

        private static void Accept(TcpListener listener)
        {
            while (true)
            {
                using Socket connection = listener.AcceptSocket();
                Swallow(connection);
            }
        }

        private static void Swallow(Socket connection)
        {
            using var stream = new NetworkStream(connection);
            var buffer = new byte[256 * 1024];

            try
            {
                stream.ReadExactly(buffer, 0, sizeof(long));
                long expected = BitConverter.ToInt64(buffer);
                long came = 0;

                while (came < expected)
                {
                    int count = stream.Read(buffer);

                    if (count == 0)
                    {
                        return;
                    }

                    came += count;
                }

                stream.Write(BitConverter.GetBytes(came));
            }
            catch (IOException e)
            {
                Console.Error.WriteLine("sink: " + e.Message);
            }
        }
    }
}
