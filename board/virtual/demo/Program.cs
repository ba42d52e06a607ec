// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace K230.Demo
{
    /// <summary>
    /// Listens with the workstation's own sockets, runs the TcpClient sample against itself over the virtual board and
    /// compares what arrives with what the manual's script sends. The sample's output goes straight to the terminal.
    /// </summary>
    internal static class Program
    {
        private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

        private static readonly string[] s_expected =
            Enumerable.Range(0, 10).Select(i => $"K230 tcp client send test {i} \r\n").ToArray();

        private static async Task<int> Main()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            int port = ((IPEndPoint)listener.LocalEndpoint).Port;

            using var deadline = new CancellationTokenSource(s_deadline);
            using Process sample = StartSample(port);
            var received = new MemoryStream();
            string trouble = null;

            try
            {
                trouble = await Receive(listener, sample, received, deadline.Token);
                await sample.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                trouble = $"not finished after {s_deadline.TotalSeconds} seconds, {received.Length} bytes arrived";
                sample.Kill(entireProcessTree: true);
                sample.WaitForExit();
            }

            if (trouble == null && sample.ExitCode != 0)
            {
                trouble = $"the sample ended with exit code {sample.ExitCode}";
            }

            int unchanged = Compare(received.ToArray(), out string difference);
            trouble ??= difference;

            if (trouble != null)
            {
                Console.WriteLine($"demo failed: {unchanged} of {s_expected.Length} lines arrived unchanged; {trouble}");
                return 1;
            }

            Console.WriteLine($"demo ok: {unchanged} of {s_expected.Length} lines arrived unchanged");
            return 0;
        }

        private static Process StartSample(int port)
        {
            string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
            string program = Path.Combine(AppContext.BaseDirectory, "TcpClient.dll");
            string[] arguments = [program, IPAddress.Loopback.ToString(), port.ToString()];
            return Process.Start(new ProcessStartInfo(dotnet, arguments) { UseShellExecute = false });
        }

        // Everything up to the end of the one connection. Returns what went wrong, or null.
        private static async Task<string> Receive(
            TcpListener listener, Process sample, MemoryStream received, CancellationToken deadline)
        {
            Task<Socket> accept = listener.AcceptSocketAsync(deadline).AsTask();
            Task exit = sample.WaitForExitAsync(deadline);

            if (await Task.WhenAny(accept, exit) == exit && !listener.Pending() && !accept.IsCompleted)
            {
                await exit;
                return $"the sample ended with exit code {sample.ExitCode} and never connected";
            }

            using Socket connection = await accept;
            byte[] buffer = new byte[4096];

            try
            {
                int count;
                while ((count = await connection.ReceiveAsync(buffer, deadline)) > 0)
                {
                    received.Write(buffer, 0, count);
                }
            }
            catch (SocketException e)
            {
                return $"the connection broke after {received.Length} bytes: {e.SocketErrorCode}";
            }

            return null;
        }

        // How many of the expected lines are there, byte for byte; and the first difference, or null.
        private static int Compare(byte[] received, out string difference)
        {
            difference = null;
            int unchanged = 0;
            int at = 0;

            for (int i = 0; i < s_expected.Length; i++)
            {
                byte[] expected = Encoding.UTF8.GetBytes(s_expected[i]);
                byte[] got = Line(received, at);

                if (got.SequenceEqual(expected))
                {
                    unchanged++;
                }
                else if (got.Length == 0)
                {
                    difference ??= $"line {i + 1} is missing: expected {Escaped(expected)}, got nothing after byte {at}";
                }
                else
                {
                    int same = expected.Zip(got).TakeWhile(pair => pair.First == pair.Second).Count();
                    difference ??= $"line {i + 1} differs from byte {at + same} on: "
                        + $"expected {Escaped(expected)}, got {Escaped(got)}";
                }

                at += got.Length;
            }

            if (at < received.Length)
            {
                difference ??= $"{received.Length - at} bytes too many: {Escaped(Line(received, at))}";
            }

            return unchanged;
        }

        // From `at` to the next line feed, that included.
        private static byte[] Line(byte[] bytes, int at)
        {
            int end = Array.IndexOf(bytes, (byte)'\n', at);
            return bytes[at..(end < 0 ? bytes.Length : end + 1)];
        }

        private static string Escaped(byte[] bytes)
        {
            var text = new StringBuilder("\"");

            foreach (byte b in bytes)
            {
                text.Append(b switch
                {
                    (byte)'\r' => "\\r",
                    (byte)'\n' => "\\n",
                    (byte)'"' => "\\\"",
                    (byte)'\\' => "\\\\",
                    >= 0x20 and < 0x7F => ((char)b).ToString(),
                    _ => $"\\x{b:x2}",
                });
            }

            return text.Append('"').ToString();
        }
    }
}
