// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests
{
    /// <summary>What the 1.x line lacks is refused, with file and line, in a copy of the repository.</summary>
    [TestClass]
    public sealed class LimitTests : IDisposable
    {
        // Each of these is on a line of its own; every one must be an error there.
        private static readonly string[] s_notThere =
        {
            "string a = string.Join(\",\", new[] { \"a\", \"b\" });",
            "string b = \"a\".Replace(\"a\", \"b\");",
            "bool c = string.IsNullOrWhiteSpace(\"a\");",
            "bool d = string.Equals(\"a\", \"b\", StringComparison.Ordinal);",
            "string e = System.Text.Encoding.UTF8.GetString(new byte[1]);",
            "byte[] f = System.Text.Encoding.ASCII.GetBytes(\"a\");",
            "var g = new System.Collections.Generic.List<int>();",
            "int h = System.Linq.Enumerable.Count(new[] { 1 });",
            "(int, int) i = (1, 2);",
            "int? j = null;",
            "System.Threading.Tasks.Task k = null;",
            "new System.Threading.Thread(Lacking.M).Name = \"a\";",
            "System.Threading.Monitor.Wait(null);",
            "ArgumentOutOfRangeException.ThrowIfNegative(1);",
            "var n = new System.Threading.SemaphoreSlim(1);",
            "string o = DateTime.Now.ToString();",
            "Console.Write(\"{0}\", 1);",
            "Span<byte> q = new byte[1];",
            "object r = Enum.GetNames(typeof(DayOfWeek));",
            "var s = new System.Net.Sockets.TcpClient();",
            "int t = Math.Max(1, 2);",
            "var v = new System.Collections.Hashtable();",
            "InvalidOperationException w = new ObjectDisposedException(\"a\");",
        };

        private readonly Copy _copy = new();

        public void Dispose() => _copy.Dispose(); // MSTest makes an object for each test

        [TestMethod]
        public void What_the_libraries_lack_is_an_error_of_the_compiler()
        {
            _copy.Probe("    internal static class Lacking\n    {\n        internal static void M()\n        {\n            " +
                string.Join("\n            ", s_notThere) + "\n        }\n    }");

            string errors = _copy.Build();

            for (int i = 0; i < s_notThere.Length; i++)
            {
                StringAssert.Contains(errors, "Probe.cs(" + (9 + i) + ",", "no error for: " + s_notThere[i] + "\n" + errors);
            }
        }

        [TestMethod]
        [DataRow("record Probe(int A);", "error CS")]
        [DataRow("class Probe { async void M() { } }", "error CS")]
        [DataRow("class Probe { internal void M(object a) { dynamic b = a; b.N(); } }", "error CS")]
        [DataRow("class Probe { internal required int A; }", "error CS8773")]
        [DataRow("class Probe { private volatile int _a; internal int M() { return _a++; } }", "error CS0518")]
        [DataRow("class Probe { object M(bool a) => a switch { true => (object)[1], _ => null }; }", "error CS")]
        [DataRow("class Probe { internal Probe() { Index i = ^1; } }", "error CS")]
        [DataRow("class Probe { internal System.Collections.IEnumerator M() { yield return 1; } }", "error CS")]
        [DataRow("class Probe { internal string M(int a) => $\"\"\"{a}\"\"\"; }", "error CS8773")]
        public void Newer_or_larger_language_is_an_error_of_the_compiler(string code, string error)
        {
            _copy.Probe("    internal " + code);

            string errors = _copy.Build();

            StringAssert.Contains(errors, "Probe.cs(5,");
            StringAssert.Contains(errors, error);
        }

        [TestMethod]
        [DataRow("class Probe<T> { internal void M() { } }", "generic")]
        [DataRow("class Probe { internal void M<T>() { } }", "generic")]
        [DataRow("class Probe { internal int[,] A = new int[1, 2]; }", "one dimension")]
        [DataRow("class Probe { internal void M() { int[,] a = new int[1, 2]; a[0, 1] = 1; } }", "one dimension")]
        [DataRow("class Probe { internal Action M() { return () => { }; } }", "compiler makes")]
        [DataRow("class Probe { internal byte[] A = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }; }", "compiler makes")]
        public void What_the_metadata_processor_or_the_table_cannot_take_is_found_by_drift(string code, string reason)
        {
            _copy.Probe("    internal " + code);

            IReadOnlyList<Problem> problems = _copy.BuildAndCheck();

            Assert.IsTrue(
                problems.Any(problem => problem.Expected.Contains(reason)),
                "among:\n" + string.Join(Environment.NewLine, problems));
            Assert.IsTrue(
                reason == "compiler makes" || problems.Any(problem => problem.Place.ToString() == Copy.ProbeFile + ":5"),
                "among:\n" + string.Join(Environment.NewLine, problems));
        }
    }
}
