// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using K230.Tools;

namespace K230.Wire.Tests
{
    /// <summary>The firmware's own server with a scripted CLR, as a process: over a pseudo terminal, or over TCP
    /// through an agent on the stack that K230_STACK names.</summary>
    internal sealed class WireDouble : IDisposable
    {
        private static readonly string s_program = Path.Combine(
            Checkout.Around(AppContext.BaseDirectory), "build", "native", "board", "virtual", "k230-wire-double");

        private readonly string _folder;
        private readonly string[] _options;
        private readonly StringBuilder _log = new();
        private Process _process;

        /// <summary>Starts it.</summary>
        /// <param name="isSerial">At a pseudo terminal.</param>
        /// <param name="folder">Keeps what is deployed.</param>
        /// <param name="script">What its programs do.</param>
        /// <param name="options">Further options.</param>
        internal WireDouble(bool isSerial, string folder, string script, params string[] options)
        {
            IsSerial = isSerial;
            _folder = folder;
            _options = options;
            Directory.CreateDirectory(folder);
            Script(script);
            Start();
        }

        internal static string Host
        {
            get { return Environment.GetEnvironmentVariable("K230_LWIP_IP") is { Length: > 0 } ip ? ip : "127.0.0.1"; }
        }

        internal static string OwnAddress
        {
            get
            {
                return Environment.GetEnvironmentVariable("K230_LWIP_IP") is { Length: > 0 }
                    ? Environment.GetEnvironmentVariable("K230_KERNEL_IP") : "127.0.0.1";
            }
        }

        internal bool IsSerial { get; }

        internal string Address { get; private set; }

        internal string Log
        {
            get
            {
                lock (_log)
                {
                    return _log.ToString();
                }
            }
        }

        public void Dispose()
        {
            Kill();
            _process.Dispose();
        }

        /// <summary>Writes another script, which counts after the next start.</summary>
        internal void Script(string script) => File.WriteAllText(Path.Combine(_folder, "script"), script);

        internal Device Connect() => Device.Connect(Wire.Address.Parse(Address));

        /// <summary>As a power cut does.</summary>
        internal void Kill()
        {
            try
            {
                _process.Kill();
                _process.WaitForExit();
            }
            catch (InvalidOperationException)
            {
                // It has ended by itself.
            }
        }

        /// <summary>Starts it again; over TCP at the same port.</summary>
        internal void Start()
        {
            string port = Address?[(Address.LastIndexOf(':') + 1)..] ?? "0";
            bool hasAllow = _options.Contains("--allow");
            string[] arguments =
            [
                .. IsSerial ? (string[])["--serial"] : ["--tcp", port],
                .. IsSerial || hasAllow ? (string[])[] : ["--allow", OwnAddress],
                "--store", _folder, "--script", Path.Combine(_folder, "script"), .. _options,
            ];

            _process = Process.Start(new ProcessStartInfo(s_program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            _process.ErrorDataReceived += (_, line) =>
            {
                lock (_log)
                {
                    _log.AppendLine(line.Data);
                }
            };
            _process.BeginErrorReadLine();

            string where = _process.StandardOutput.ReadLine() ??
                throw new InvalidOperationException("the double does not start: " + Log);

            Address = IsSerial ? where : Host + ":" + where;
        }

        /// <summary>Ends its agent, the small core, which is started again when it is wanted.</summary>
        internal void KillAgent()
        {
            foreach (int agent in Children(_process.Id))
            {
                Process.GetProcessById(agent).Kill();
            }
        }

        private static List<int> Children(int parent)
        {
            return Directory.GetDirectories("/proc/" + parent + "/task")
                .Select(task => File.ReadAllText(Path.Combine(task, "children")))
                .SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(int.Parse).ToList();
        }
    }
}
