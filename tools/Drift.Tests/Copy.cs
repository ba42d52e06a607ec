// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using CliWrap;
using CliWrap.Buffered;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests
{
    /// <summary>A copy of what is compared, to be changed, built and thrown away.</summary>
    internal sealed class Copy : IDisposable
    {
        /// <summary>Where a probe of its own is put: a file that the copy alone has.</summary>
        internal const string ProbeFile = "interop/K230.Sockets/Probe.cs";

        private const string Project = "interop/K230.Sockets/K230.Sockets.nfproj";

        private static readonly string[] s_parts =
        {
            "interop", "firmware", "tools/Surface", "build/nano",
        };

        private readonly string _root = Directory.CreateTempSubdirectory("k230-drift-").FullName;

        internal Copy()
        {
            Original = new Repository(Checkout.Around(AppContext.BaseDirectory));
            Repository = new Repository(_root);

            string[] root = Directory.GetFiles(Original.Absolute("."), "nano.*").Select(Original.Relative)
                .Append("K230.Device.slnf").ToArray();

            foreach (string file in s_parts.SelectMany(part => Original.Files(part, "*")).Concat(root))
            {
                string to = Repository.Absolute(file);
                Directory.CreateDirectory(Path.GetDirectoryName(to));
                File.Copy(Original.Absolute(file), to);
                // So that only what is changed is compiled again.
                File.SetLastWriteTimeUtc(to, File.GetLastWriteTimeUtc(Original.Absolute(file)));
            }
        }

        internal Repository Original { get; }

        internal Repository Repository { get; }

        public void Dispose()
        {
            Directory.Delete(_root, true);
        }

        /// <summary>Replaces a text that must be there once.</summary>
        internal void Change(string file, string from, string to)
        {
            string text = Repository.Read(file);
            int at = text.IndexOf(from, StringComparison.Ordinal);

            Assert.IsTrue(at >= 0 && text.IndexOf(from, at + 1, StringComparison.Ordinal) < 0, "'" + from + "' in " + file);
            Repository.Write(file, text.Replace(from, to));
        }

        /// <summary>Adds a file with a namespace around these members to the library.</summary>
        internal void Probe(string members, string usings = "")
        {
            Repository.Write(ProbeFile, "using System;\n" + usings + "\nnamespace K230.Sockets\n{\n" + members + "\n}\n");
            Change(Project, "    <Compile Include=\"RecvFromResult.cs\" />\n",
                "    <Compile Include=\"Probe.cs\" />\n    <Compile Include=\"RecvFromResult.cs\" />\n");
        }

        /// <summary>Builds the library; what the compiler says, if it says anything.</summary>
        internal string Build()
        {
            return Cli.Wrap(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
                .WithArguments(["msbuild", Project, "-nologo", "-v:quiet", "-nodeReuse:false"])
                .WithWorkingDirectory(_root)
                .WithEnvironmentVariables(NoBuildAround.Variables)
                .WithValidation(CommandResultValidation.None)
                .ExecuteBufferedAsync().GetAwaiter().GetResult().StandardOutput;
        }

        /// <summary>Builds the library and compares.</summary>
        internal IReadOnlyList<Problem> BuildAndCheck()
        {
            Assert.AreEqual("", Build());

            return Check();
        }

        /// <summary>Compares with the library as it was built.</summary>
        internal IReadOnlyList<Problem> Check()
        {
            return Comparison.Check(Repository);
        }

        /// <summary>Writes what is generated, with the library as it was built; what is left.</summary>
        internal IReadOnlyList<Problem> Fix()
        {
            return Comparison.Fix(Repository, _ => { });
        }
    }
}
