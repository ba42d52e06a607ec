// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace K230.Drift
{
    /// <summary>
    /// Lists of files against the files there are: the .nfproj projects, which have no wildcards, the solution filter that
    /// names them, and the module by which nf-interpreter's CMake finds the natives.
    /// </summary>
    public sealed class CompileLists(Repository repository)
    {
        private const string Filter = "K230.Device.slnf";
        private const string Module = "interop/native/FindINTEROP-K230.Sockets.cmake";

        // The folders whose sources a firmware with the natives compiles, all of them.
        private static readonly string[] s_firmware =
        {
            "interop/native", "firmware/bigcore", "firmware/link", "firmware/pal", "firmware/protocol",
        };

        private static readonly string[] s_items = { "Compile", "None", "Content", "ProjectReference" };

        /// <summary>What differs.</summary>
        public IEnumerable<Problem> Check() =>
            NanoProject.All(repository).SelectMany(CheckProject).Concat(CheckFilter()).Concat(CheckModule());

        /// <summary>The part of the solution that is for devices has every project for devices.</summary>
        private IEnumerable<Problem> CheckFilter()
        {
            string text = repository.Read(Filter);

            foreach (NanoProject project in NanoProject.All(repository))
            {
                string line = "\"" + project.File.Replace("/", "\\\\") + "\"";

                if (!text.Contains(line))
                {
                    yield return new Problem(
                        new Place(Filter), "the list of projects", line, "no such line, though the project is there",
                        "add the line, in the order of the alphabet");
                }
            }
        }

        private IEnumerable<Problem> CheckProject(NanoProject project)
        {
            var listed = new HashSet<string>();

            foreach (XElement item in s_items.SelectMany(project.Elements))
            {
                string include = item.Attribute("Include").Value;
                string file = repository.Beside(project.File, include);
                string what = item.Name.LocalName + " Include=\"" + include + "\"";

                if (!listed.Add(item.Name.LocalName + " " + file))
                {
                    yield return new Problem(
                        project.PlaceOf(item), what, "once", "again", "take one of them away");
                }
                else if (!repository.Has(file))
                {
                    Action fix = item.Name.LocalName == "Compile" ? () => Remove(project.File, include) : null;
                    yield return new Problem(
                        project.PlaceOf(item), what, "the file " + file, "no such file",
                        fix != null ? Repository.Fix + " to take the line away" : "take the line away, or add the file",
                        fix);
                }
            }

            string folder = Path.GetDirectoryName(project.File).Replace('\\', '/');

            foreach (string file in repository.Files(folder, "*.cs").Where(file => !listed.Contains("Compile " + file)))
            {
                string include = file.Substring(folder.Length + 1).Replace('/', '\\');
                yield return new Problem(
                    new Place(project.File), "the list of sources", "<Compile Include=\"" + include + "\" />",
                    "nothing of that kind, though " + file + " is there", Repository.Fix, () => Add(project.File, include));
            }
        }

        private void Add(string file, string include)
        {
            string text = repository.Read(file);

            // In front of the first item that sorts after it, or at the end of the list.
            Match[] items = Regex.Matches(text, @"^ *<Compile Include=""([^""\n]*)"" />\n", RegexOptions.Multiline).ToArray();
            Match next = items.FirstOrDefault(item => string.CompareOrdinal(item.Groups[1].Value, include) > 0);
            int at = next?.Index ?? items.Last().Index + items.Last().Length;

            repository.Write(file, text.Insert(at, "    <Compile Include=\"" + include + "\" />\n"));
        }

        private void Remove(string file, string include)
        {
            string text = repository.Read(file);
            string item = @"^ *<Compile Include=""" + Regex.Escape(include) + @"""( />|>(.|\n)*?</Compile>)\n";
            repository.Write(file, Regex.Replace(text, item, "", RegexOptions.Multiline));
        }

        private IEnumerable<Problem> CheckModule()
        {
            string text = repository.Read(Module);
            // set(K230.Sockets_SRCS ...), and what an option appends to it.
            var listed = Regex.Matches(text, @"\((APPEND )?K230\.Sockets_SRCS\s([^)]*)\)")
                .SelectMany(list => list.Groups[2].Value.Split((char[])null, StringSplitOptions.RemoveEmptyEntries))
                .ToList();

            foreach (string file in listed.Where(file => !repository.Has(file)))
            {
                yield return new Problem(
                    new Place(Module), "K230.Sockets_SRCS", "the file " + file, "no such file", "take the line away");
            }

            foreach (string file in s_firmware
                .SelectMany(folder => repository.Files(folder, "*.c").Concat(repository.Files(folder, "*.cpp")))
                .Where(file => !listed.Contains(file)))
            {
                yield return new Problem(
                    new Place(Module), "K230.Sockets_SRCS", file, "no such line, though the file is there",
                    "add the line, in the order of the alphabet");
            }
        }
    }
}
