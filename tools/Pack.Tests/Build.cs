// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Pack.Tests
{
    /// <summary>A folder as the build of an app leaves it, and a place for what is packed.</summary>
    internal sealed class Build : IDisposable
    {
        internal const uint Natives = 0x12345678;

        private readonly string _root = Directory.CreateTempSubdirectory("k230 pack ").FullName;

        internal Build()
        {
            Directory.CreateDirectory(Folder);
        }

        internal string Folder
        {
            get { return Path.Combine(_root, "bin", "Debug"); }
        }

        internal string Output
        {
            get { return Path.Combine(_root, "card"); }
        }

        public void Dispose()
        {
            Directory.Delete(_root, true);
        }

        internal string File(string name)
        {
            return Path.Combine(Folder, name);
        }

        internal string Add(string file, PeWriter assembly)
        {
            return Add(file, assembly.Bytes());
        }

        internal string Add(string file, byte[] bytes)
        {
            System.IO.File.WriteAllBytes(File(file), bytes);
            return File(file);
        }

        /// <summary>mscorlib; Events and System.Threading, which need it; K230.Sockets, which needs both; the app.
        /// </summary>
        internal Build WithApp(uint natives = Natives)
        {
            Add("mscorlib.pe", new PeWriter("mscorlib", "1.17.11.0") { NativeChecksum = 0x1549C856 });
            Add("Events.pe", new PeWriter("Events").Needs("mscorlib 1.17.11.0"));
            Add("System.Threading.pe", new PeWriter("System.Threading", "1.1.52.0").Needs("mscorlib 1.17.0.0"));
            Add("K230.Sockets.pe", new PeWriter("K230.Sockets") { NativeChecksum = natives }
                .Needs("mscorlib 1.17.11.0", "System.Threading 1.1.52.0", "Events"));
            Add("Echo.pe", new PeWriter("Echo", "2.3.4.5") { HasMain = true }
                .Needs("K230.Sockets", "mscorlib 1.17.11.0", "Events"));
            return this;
        }

        internal App App(string path = null)
        {
            return new App(path ?? Folder, new Firmware(Natives));
        }

        internal string Refusal(string path = null)
        {
            return Assert.ThrowsExactly<Refusal>(() => App(path)).Message;
        }
    }
}
