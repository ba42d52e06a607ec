// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Ports;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading;

namespace K230.Wire
{
    /// <summary>Where a device is: on the network, or at a serial line.</summary>
    public abstract class Address
    {
        /// <summary>The port of a device on the network, if none is given: firmware/wire's.</summary>
        public const int DefaultPort = 26000;

        /// <summary>Reads HOST, HOST:PORT or the name of a serial line: a path, or COM and a number.</summary>
        /// <exception cref="Failure">It is none of these.</exception>
        public static Address Parse(string text)
        {
            if (Regex.IsMatch(text, "^COM[0-9]+$", RegexOptions.IgnoreCase) || text.Contains('/') || File.Exists(text))
            {
                return new SerialAddress(text);
            }

            // An address of IPv6 has colons of its own: with a port it stands in brackets.
            Match match = Regex.Match(
                text, @"^(?:\[(?<host>[0-9A-Fa-f:.%\w]+)\]|(?<host>[^:\[\]\s]+))(?::(?<port>[0-9]+))?$");
            string host = match.Success ? match.Groups["host"].Value : text;
            int port = DefaultPort;

            if ((!match.Success && !IPAddress.TryParse(text, out _)) ||
                (match.Groups["port"].Success &&
                    (!int.TryParse(match.Groups["port"].Value, out port) || port is < 1 or > 65535)))
            {
                throw new Failure(
                    text, "is no device", "give an address as 192.168.1.7 or 192.168.1.7:" + DefaultPort +
                    ", or a serial line as /dev/ttyUSB0 or COM3");
            }

            return new NetworkAddress(host, port);
        }

        /// <summary>Opens the ways to the device, one after another, until the caller has a reply on one.</summary>
        /// <exception cref="Failure">It cannot be opened.</exception>
        internal abstract IEnumerable<Stream> Open();

        /// <summary>What to do if the device says nothing.</summary>
        internal abstract string Silent { get; }

        /// <summary>What to do if the device ends the connection before it has said anything.</summary>
        internal abstract string Closed { get; }

        /// <summary>What to do if it says before that why.</summary>
        internal abstract string TurnedAway { get; }
    }

    /// <summary>A device on the network.</summary>
    internal sealed class NetworkAddress(string host, int port) : Address
    {
        private const int ConnectSeconds = 5;
        private const int IdleSeconds = 5;
        private const int ProbeSeconds = 2;
        private const int Probes = 3;

        internal override string Silent
        {
            get { return "look whether it is a device with nanoclr --wire tcp, or start it again"; }
        }

        internal override string Closed
        {
            get
            {
                return TurnedAway + ", or add this computer to the device's --wire-allow";
            }
        }

        internal override string TurnedAway
        {
            get { return "end the other tool that is connected to it (Visual Studio, VS Code, ./k230 monitor)"; }
        }

        public override string ToString() => (host.Contains(':') ? "[" + host + "]" : host) + ":" + port;

        internal override IEnumerable<Stream> Open()
        {
            yield return Connect();
        }

        // A device that loses its power ends no connection: without a request, only probes notice it.
        private static void KeepAlive(Socket socket)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, IdleSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        }

        private NetworkStream Connect()
        {
            var client = new TcpClient();

            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(ConnectSeconds));

                client.ConnectAsync(host, port, limit.Token).AsTask().GetAwaiter().GetResult();
                client.NoDelay = true;
                KeepAlive(client.Client);

                return client.GetStream();
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                client.Dispose();

                throw (e as SocketException)?.SocketErrorCode switch
                {
                    SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => new Failure(
                        ToString(), "there is no host of that name", "give its address; ./k230 devices lists devices"),
                    SocketError.ConnectionRefused => new Lost(
                        ToString(), "nothing listens there",
                        "start nanoclr with --wire tcp; ./k230 devices lists what announces itself"),
                    SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown =>
                        new Lost(
                            ToString(), "there is no way to it",
                            "look at this computer's network and the device's address"),
                    SocketError.ConnectionReset or SocketError.ConnectionAborted => new Lost(
                        ToString(), "closed the connection at once", Closed),
                    null or SocketError.TimedOut => new Lost(
                        ToString(), "does not answer", "look whether it is switched on and in this network"),
                    _ => new Lost(ToString(), "cannot be connected: " + e.Message, "look at the device's address"),
                };
            }
        }
    }

    /// <summary>A device at a serial line.</summary>
    internal sealed class SerialAddress(string name) : Address
    {
        // As nanoFramework's test adapter tries them.
        private static readonly int[] s_rates = [921600, 460800, 115200];

        // A read ends now and then, so that the line can be closed.
        private const int ReadMilliseconds = 200;
        private const int WriteMilliseconds = 5000;

        // ENOTTY, of Linux and macOS.
        private const int NoTerminal = 25;

        internal override string Silent
        {
            get
            {
                return "look at the wires, and whether nanoclr runs with --wire serial at 921600, 460800 or 115200 " +
                    "bit/s";
            }
        }

        internal override string Closed
        {
            get { return "look whether the adapter is still plugged in"; }
        }

        internal override string TurnedAway
        {
            get { return Closed; }
        }

        public override string ToString() => name;

        internal override IEnumerable<Stream> Open()
        {
            foreach (int rate in s_rates)
            {
                yield return Open(rate);
            }
        }

        private Stream Open(int rate)
        {
            if (!OperatingSystem.IsWindows() && !Path.Exists(name))
            {
                throw IsMissing();
            }

            // Without DTR and RTS: some devices reset on them, and a pseudo terminal has none.
            var port = new SerialPort(name, rate, Parity.None, 8, StopBits.One)
            {
                ReadTimeout = ReadMilliseconds,
                WriteTimeout = WriteMilliseconds,
            };

            try
            {
                port.Open();
                return port.BaseStream;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                port.Dispose();

                throw e switch
                {
                    FileNotFoundException or DirectoryNotFoundException => IsMissing(),
                    _ when Directory.Exists(name) || e.InnerException?.HResult == NoTerminal => new Failure(
                        name, "is no serial line", "./k230 devices lists serial lines"),
                    UnauthorizedAccessException when !name.Contains('/') || File.Exists(name) => new Failure(
                        name, "may not be opened as a serial line",
                        "end the program that has it open, or give yourself the right to it (group dialout)"),
                    _ => new Lost(
                        name, "cannot be opened as a serial line: " + e.Message, "./k230 devices lists serial lines"),
                };
            }
        }

        private Lost IsMissing() =>
            new Lost(name, "there is no such serial line", "plug it in; ./k230 devices lists serial lines");
    }
}
