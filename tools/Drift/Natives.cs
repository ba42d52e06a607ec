// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace K230.Drift
{
    /// <summary>
    /// The C++ that depends on the assembly: the table of natives with its checksum and the header with their names and
    /// the numbers of fields, both of which are generated, and the bodies, which are not.
    /// </summary>
    public sealed class Natives
    {
        private const string Folder = "interop/native/";
        private const string Generated = "Generated from the assembly by ./k230 drift --fix: do not edit.";

        private readonly Repository _repository;
        private readonly NanoAssembly _assembly;
        private readonly string _project;
        private readonly string _nativeVersion;
        private readonly IReadOnlyList<Slot> _slots;
        private readonly IReadOnlyList<NanoStruct> _structs;

        /// <summary>The natives of an assembly.</summary>
        /// <param name="project">What the files and the structs are named after: NF_GenerateSkeletonProjectName.</param>
        public Natives(Repository repository, NanoAssembly assembly, string project)
        {
            _repository = repository;
            _assembly = assembly;
            _project = project;
            _nativeVersion = assembly.NativeVersion ?? "0.0.0.0";
            _slots = assembly.Slots();
            _structs = assembly.Structs();
        }

        private string Table
        {
            get { return Folder + _project + ".cpp"; }
        }

        private string Header
        {
            get { return Folder + _project + ".h"; }
        }

        private string DataName
        {
            get { return "g_CLR_AssemblyNative_" + _assembly.Name.Replace('.', '_'); }
        }

        private string ChecksumText
        {
            get { return "0x" + Checksum.V1(_assembly.Name, _slots).ToString("X8"); }
        }

        /// <summary>What differs.</summary>
        public IEnumerable<Problem> Check() => CheckTable().Concat(CheckHeader()).Concat(CheckBodies());

        // ---- the table

        private string TableText()
        {
            var text = new StringBuilder();
            text.Append("// The table by which the CLR finds the natives: one slot for each method of the assembly. ")
                .Append("Only with this\n// checksum does it take the assembly.\n// ").Append(Generated).Append("\n\n");
            text.Append("#include \"").Append(_project).Append(".h\"\n\n// clang-format off\n\n");
            text.Append("static const CLR_RT_MethodHandler method_lookup[] =\n{\n");

            string type = null;

            foreach (Slot slot in _slots)
            {
                if (slot.Type != type)
                {
                    type = slot.Type;
                    text.Append("    // ").Append(type).Append('\n');
                }

                text.Append("    ").Append(Entry(slot)).Append(',');
                text.Append(slot.IsNative ? "\n" : " // " + slot.Name + "\n");
            }

            text.Append("};\n\nconst CLR_RT_NativeAssemblyData ").Append(DataName).Append(" =\n{\n");
            text.Append("    \"").Append(_assembly.Name).Append("\",\n    ").Append(ChecksumText);
            text.Append(",\n    method_lookup,\n    { ").Append(_nativeVersion.Replace(".", ", ")).Append(" }\n};\n\n");
            text.Append("// clang-format on\n");

            return text.ToString();
        }

        private string Entry(Slot slot) =>
            slot.IsNative ? "Library_" + _project + "_" + slot.Class + "::" + slot.Method : "nullptr";

        private IEnumerable<Problem> CheckTable()
        {
            string expected = TableText();
            void Fix() { _repository.Write(Table, expected); }

            if (!_repository.Has(Table))
            {
                yield return new Problem(new Place(Table), "the table of natives", "a file", "none", Repository.Fix, Fix);
                yield break;
            }

            string text = _repository.Read(Table);

            if (text == expected)
            {
                yield break;
            }

            bool isTold = false;
            List<(string Entry, int Line)> found = Entries(text);

            for (int i = 0; i < Math.Max(found.Count, _slots.Count); i++)
            {
                string should = i < _slots.Count ? Entry(_slots[i]) : "the end of the table";
                string entry = i < found.Count ? found[i].Entry : "the end of the table";

                if (should != entry)
                {
                    isTold = true;
                    yield return new Problem(
                        new Place(Table, i < found.Count ? found[i].Line : 0),
                        "slot " + i + " of method_lookup" + (i < _slots.Count
                            ? ", " + _slots[i].Type + "." + _slots[i].Name : "") + " (later slots may differ too)",
                        should, entry, Repository.Fix, Fix);
                    break;
                }
            }

            Match data = Regex.Match(text, @"""([^""]*)"",\s*(0x[0-9A-Fa-f]+),\s*method_lookup,\s*\{([^}]*)\}");
            string version = Regex.Replace(data.Groups[3].Value, @"\s+", "").Replace(',', '.');

            if (data.Groups[2].Value != ChecksumText)
            {
                isTold = true;
                yield return new Problem(
                    PlaceOf(Table, text, data.Groups[2].Index), "the checksum of the natives", ChecksumText,
                    Or(data.Groups[2].Value), version == _nativeVersion
                        ? "raise AssemblyNativeVersion in Properties/AssemblyInfo.cs if firmware with this number is in " +
                            "use, then " + Repository.Fix
                        : Repository.Fix, Fix);
            }

            if (version != _nativeVersion)
            {
                isTold = true;
                yield return new Problem(
                    PlaceOf(Table, text, data.Groups[3].Index), "the native version", _nativeVersion, Or(version),
                    Repository.Fix, Fix);
            }

            if (!isTold)
            {
                yield return TextProblem(Table, expected, text, Fix);
            }
        }

        private static List<(string Entry, int Line)> Entries(string text)
        {
            var entries = new List<(string, int)>();
            string[] lines = text.Split('\n');
            int at = Array.FindIndex(lines, line => line.Contains("method_lookup[]")) + 1;

            for (; at < lines.Length && !lines[at].StartsWith('}'); at++)
            {
                string entry = Regex.Replace(lines[at], "//.*", "").Trim().TrimEnd(',');

                if (entry.Length > 0 && entry != "{")
                {
                    entries.Add((entry, at + 1));
                }
            }

            return entries;
        }

        // ---- the header

        private string HeaderText()
        {
            string guard = _project.ToUpperInvariant() + "_H";
            var text = new StringBuilder();
            text.Append("// What C++ knows of the assembly: the natives, and the numbers of fields, which nothing in the ")
                .Append("checksum covers.\n// ").Append(Generated).Append("\n\n// clang-format off\n\n");
            text.Append("#ifndef ").Append(guard).Append("\n#define ").Append(guard).Append("\n\n");
            text.Append("#include <corlib_native.h>\n#include <nanoCLR_Interop.h>\n#include <nanoCLR_Runtime.h>\n");
            text.Append("#include <nanoPackStruct.h>\n\n");

            foreach (NanoStruct type in _structs)
            {
                text.Append("struct ").Append(StructName(type)).Append(" {\n");

                foreach ((string name, int index) in type.Fields)
                {
                    text.Append("    static const int ").Append(name).Append(" = ").Append(index).Append(";\n");
                }

                if (type.Fields.Count > 0 && type.Natives.Count > 0)
                {
                    text.Append('\n');
                }

                foreach (string native in type.Natives)
                {
                    text.Append("    NANOCLR_NATIVE_DECLARE(").Append(native).Append(");\n");
                }

                text.Append("\n    //--//\n};\n\n");
            }

            text.Append("extern const CLR_RT_NativeAssemblyData ").Append(DataName).Append(";\n\n");
            text.Append("#endif // ").Append(guard).Append('\n');

            return text.ToString();
        }

        private string StructName(NanoStruct type) => "Library_" + _project + "_" + type.Name;

        private IEnumerable<Problem> CheckHeader()
        {
            string expected = HeaderText();
            void Fix() { _repository.Write(Header, expected); }

            if (!_repository.Has(Header))
            {
                yield return new Problem(
                    new Place(Header), "the header of the natives", "a file", "none", Repository.Fix, Fix);
                yield break;
            }

            string text = _repository.Read(Header);

            if (text == expected)
            {
                yield break;
            }

            bool isTold = false;
            Dictionary<string, (string Value, int Line)> should = Declared(expected);
            Dictionary<string, (string Value, int Line)> found = Declared(text);

            foreach (string name in should.Keys.Union(found.Keys))
            {
                string value = should.TryGetValue(name, out (string Value, int Line) s) ? s.Value : "none";
                string there = found.TryGetValue(name, out (string Value, int Line) f) ? f.Value : "none";

                if (value != there)
                {
                    isTold = true;
                    yield return new Problem(
                        new Place(Header, f.Line), name, value, there,
                        "see what C++ reads of this type, then " + Repository.Fix, Fix);
                }
            }

            if (!isTold)
            {
                yield return TextProblem(Header, expected, text, Fix);
            }
        }

        // Fields with their number, natives with their place in the struct.
        private static Dictionary<string, (string Value, int Line)> Declared(string text)
        {
            var declared = new Dictionary<string, (string, int)>();
            string[] lines = text.Split('\n');
            string type = "";
            int natives = 0;

            for (int i = 0; i < lines.Length; i++)
            {
                Match match = Regex.Match(lines[i], @"^struct (\w+)");

                if (match.Success)
                {
                    type = match.Groups[1].Value;
                    natives = 0;
                }

                match = Regex.Match(lines[i], @"static const int (FIELD\w+) = (\d+);");

                if (match.Success)
                {
                    declared[type + "::" + match.Groups[1].Value] = (match.Groups[2].Value, i + 1);
                }

                match = Regex.Match(lines[i], @"NANOCLR_NATIVE_DECLARE\((\w+)\)");

                if (match.Success)
                {
                    declared[type + "::" + match.Groups[1].Value] = ("native " + natives++ + " of the struct", i + 1);
                }
            }

            return declared;
        }

        // ---- the bodies

        private IEnumerable<Problem> CheckBodies()
        {
            var bodies = new Dictionary<string, Place>();

            foreach (string file in _repository.Files(Folder, "*.cpp").Where(file => file != Table))
            {
                string text = _repository.Read(file);

                foreach (Match match in Regex.Matches(
                    text, @"^HRESULT\s+(\w+)::(\w+)\(CLR_RT_StackFrame\s*&", RegexOptions.Multiline))
                {
                    // A file may have a shorter name for the struct.
                    Match alias = Regex.Match(text, @"typedef (\w+) " + match.Groups[1].Value + ";");
                    string type = alias.Success ? alias.Groups[1].Value : match.Groups[1].Value;
                    bodies[type + "::" + match.Groups[2].Value] = PlaceOf(file, text, match.Index);
                }
            }

            var natives = new HashSet<string>(_slots.Where(slot => slot.IsNative).Select(Entry));

            foreach (string native in natives.Where(native => !bodies.ContainsKey(native)))
            {
                string file = Folder + _project + "_" +
                    native.Substring(("Library_" + _project + "_").Length).Split(':')[0] + ".cpp";
                yield return new Problem(
                    new Place(file), "the body of a native", "HRESULT " + native + "(CLR_RT_StackFrame &stack)", "none",
                    "write it, or rename the one that it takes the place of");
            }

            foreach (string body in bodies.Keys.Where(body => !natives.Contains(body)))
            {
                yield return new Problem(
                    bodies[body], "the body of a native", "a method with this name and signature in " + _assembly.Name,
                    body, "rename it after the method, or take it away");
            }
        }

        // ---- both

        private static string Or(string text) => text.Length == 0 ? "none" : text;

        private static Place PlaceOf(string file, string text, int index) =>
            new Place(file, 1 + text.Take(index).Count(c => c == '\n'));

        private static Problem TextProblem(string file, string expected, string text, Action fix)
        {
            string[] should = expected.Split('\n');
            string[] found = text.Split('\n');
            int i = 0;

            while (i < should.Length && i < found.Length && should[i] == found[i])
            {
                i++;
            }

            return new Problem(
                new Place(file, i + 1), "generated text", i < should.Length ? "'" + should[i] + "'" : "the end",
                i < found.Length ? "'" + found[i] + "'" : "the end", Repository.Fix, fix);
        }
    }
}
