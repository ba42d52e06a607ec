// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace K230.Results
{
    /// <summary>
    /// The cases of a run. A CTest test is one case, unless its name begins with "Suite.": then it leaves its cases in
    /// NAME.trx (Visual Studio's format) or NAME.lines ("ok CASE" or "FAILED CASE: what", a line each), and they count
    /// in its place.
    /// </summary>
    internal static class Run
    {
        private const string SuitePrefix = "Suite.";

        private static readonly XNamespace s_trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

        /// <summary>Reads every ctest*.xml of a folder.</summary>
        /// <param name="folder">Where the run left its results.</param>
        /// <param name="filter">Only cases with this in their name; a suite without such a case is no failure.</param>
        internal static List<Case> Read(string folder, string filter)
        {
            var cases = new List<Case>();

            foreach (string file in Directory.GetFiles(folder, "ctest*.xml").Order())
            {
                try
                {
                    string part = Path.GetFileNameWithoutExtension(file)["ctest".Length..].Trim(' ', '-', '.');

                    foreach (XElement test in XDocument.Load(file).Descendants("testcase"))
                    {
                        cases.AddRange(OfTest(folder, part, test, filter));
                    }
                }
                catch (System.Xml.XmlException e)
                {
                    cases.Add(new Case(file, "CTest", Outcome.Failed, "no report of CTest: " + e.Message));
                }
            }

            return cases;
        }

        private static List<Case> OfTest(string folder, string part, XElement test, string filter)
        {
            string name = test.Attribute("name").Value;
            string output = Printable(test.Element("system-out")?.Value);
            Outcome outcome = test.Attribute("status").Value switch
            {
                "run" => Outcome.Passed,
                "fail" => Outcome.Failed,
                _ => test.Element("skipped")?.Attribute("message")?.Value.StartsWith("SKIP_") == true
                    ? Outcome.Skipped : Outcome.Failed,
            };

            if (!name.StartsWith(SuitePrefix, StringComparison.Ordinal))
            {
                return [new Case(part, name, outcome, outcome == Outcome.Skipped ? Reason(output) : output)];
            }

            string path = Path.Combine(folder, name);
            List<Case> cases = [];

            try
            {
                cases = File.Exists(path + ".trx") ? OfTrx(name, path + ".trx")
                    : File.Exists(path + ".lines") ? OfLines(name, path + ".lines", filter)
                    : [];
            }
            catch (System.Xml.XmlException e)
            {
                cases.Add(new Case(name, name, Outcome.Failed, "its results cannot be read: " + e.Message));
            }

            if (outcome == Outcome.Skipped)
            {
                cases.Add(new Case(name, name, outcome, Reason(output)));
            }
            else if (outcome == Outcome.Failed && !cases.Exists(one => one.Outcome == Outcome.Failed))
            {
                cases.Add(new Case(name, name, outcome, "the suite failed and none of its cases did:\n" + output));
            }
            else if (cases.Count == 0 && filter == null)
            {
                cases.Add(new Case(name, name, Outcome.Failed, "the suite ran no case:\n" + output));
            }

            return cases;
        }

        private static List<Case> OfTrx(string suite, string file)
        {
            var cases = new List<Case>();

            foreach (XElement result in XDocument.Load(file).Descendants(s_trx + "UnitTestResult"))
            {
                string name = result.Attribute("testName").Value;
                XElement said = result.Element(s_trx + "Output");
                XElement error = said?.Element(s_trx + "ErrorInfo");
                string message = error?.Element(s_trx + "Message")?.Value;
                string standard = said?.Element(s_trx + "StdOut")?.Value;

                cases.Add(result.Attribute("outcome")?.Value switch
                {
                    "Passed" => new Case(suite, name, Outcome.Passed, ""),
                    "NotExecuted" or "Inconclusive" => new Case(
                        suite, name, Outcome.Skipped, Reason(message ?? standard)),
                    _ => new Case(
                        suite, name, Outcome.Failed, string.Join(
                            "\n", new[] { standard, message, error?.Element(s_trx + "StackTrace")?.Value }
                                .Where(text => !string.IsNullOrWhiteSpace(text)))),
                });
            }

            return cases;
        }

        private static List<Case> OfLines(string suite, string file, string filter)
        {
            var cases = new List<Case>();

            foreach (string line in File.ReadLines(file))
            {
                Case one = line.StartsWith("ok ", StringComparison.Ordinal)
                    ? new Case(suite, line[3..].TrimEnd('\r'), Outcome.Passed, "")
                    : line.StartsWith("FAILED ", StringComparison.Ordinal)
                        ? new Case(suite, line[7..].Split(':')[0].TrimEnd('\r'), Outcome.Failed, line)
                        : null;

                if (one != null && (filter == null || one.Name.Contains(filter, StringComparison.Ordinal)))
                {
                    cases.Add(one);
                }
            }

            return cases;
        }

        /// <summary>The last line that says something: a script prints why it skips and ends.</summary>
        private static string Reason(string output)
        {
            string[] lines = (output ?? "").Split(
                '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

            // GoogleTest frames what a case says; the frames say no reason.
            return Array.FindLast(lines, line => !line.StartsWith('[') && !line.Contains(": Skipped")) ??
                "it does not say why";
        }

        private static string Printable(string text)
        {
            return new string((text ?? "").Where(c => c == '\n' || c == '\t' || !char.IsControl(c)).ToArray());
        }
    }
}
