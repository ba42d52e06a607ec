// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace K230.Drift
{
    /// <summary>
    /// Versions against each other. The packages.config of K230.Sockets says which packages there are and is right; every
    /// other packages.config, the references of the projects, the nuspec and the list of tools/Surface follow it. What
    /// the package asks of the firmware is what AssemblyInfo.cs and the assembly say.
    /// </summary>
    public sealed class Versions
    {
        private const string LIBRARY = "interop/K230.Sockets/K230.Sockets.nfproj";
        private const string NUSPEC = "interop/K230.Sockets/K230.Sockets.nuspec";
        private const string INFO = "interop/K230.Sockets/Properties/AssemblyInfo.cs";
        private const string SURFACE = "tools/Surface/README.md";
        private const string TARGETS = "interop/NoProjectSystem.targets";
        private const string CORE_LIBRARY = "nanoFramework.CoreLibrary";

        private readonly Repository _repository;
        private readonly NanoAssembly _assembly;

        /// <summary>The versions that go with an assembly.</summary>
        public Versions(Repository repository, NanoAssembly assembly)
        {
            _repository = repository;
            _assembly = assembly;
        }

        /// <summary>Where the build puts the real mscorlib of the version that the projects name.</summary>
        public static string CoreLibrary(Repository repository)
        {
            return "build/nano/CoreLibrary." + RestoredVersion(repository).Value + "/mscorlib.dll";
        }

        /// <summary>What differs.</summary>
        public IEnumerable<Problem> Check()
        {
            IReadOnlyList<NanoProject> projects = NanoProject.All(_repository);
            string leader = projects.First(project => project.File == LIBRARY).Packages;
            var versions = new Dictionary<string, (string Version, Place Place)>();

            foreach (string file in projects.Select(project => project.Packages).OrderBy(file => file != leader))
            {
                foreach ((string id, string version, Place place) in Packages(file))
                {
                    if (!versions.TryAdd(id, (version, place)) && versions[id].Version != version)
                    {
                        yield return new Problem(
                            place, "package " + id, versions[id].Version + ", as in " + versions[id].Place, version,
                            "write the same version in both");
                    }
                }
            }

            foreach (Problem problem in projects.SelectMany(CheckReferences)
                .Concat(CheckNuspec(leader)).Concat(CheckSurface(versions)).Concat(CheckRestored(versions)))
            {
                yield return problem;
            }
        }

        private IEnumerable<(string Id, string Version, Place Place)> Packages(string file)
        {
            return XDocument.Parse(_repository.Read(file), LoadOptions.SetLineInfo).Descendants("package").Select(package =>
                (package.Attribute("id").Value, package.Attribute("version").Value, PlaceOf(file, package)));
        }

        private static Place PlaceOf(string file, XElement element)
        {
            return new Place(file, ((IXmlLineInfo)element).LineNumber);
        }

        // ---- the references of a project

        private IEnumerable<Problem> CheckReferences(NanoProject project)
        {
            var used = new HashSet<string>();
            var packages = Packages(project.Packages).ToDictionary(package => package.Id);

            foreach (XElement reference in project.Elements("Reference"))
            {
                string include = reference.Attribute("Include").Value;
                string hint = reference.Elements().First(element => element.Name.LocalName == "HintPath").Value;
                Match folder = Regex.Match(hint, @"\\packages\\(.+?)\.(\d+(?:\.\d+)+)\\lib\\");
                string id = folder.Groups[1].Value;
                string found = folder.Groups[2].Value;
                used.Add(id);

                if (!packages.TryGetValue(id, out var package))
                {
                    yield return new Problem(
                        project.PlaceOf(reference), "the package of " + include, id + " in " + project.Packages, "none",
                        "add the package there, or take the reference away");
                    continue;
                }

                if (found != package.Version)
                {
                    yield return new Problem(
                        project.PlaceOf(reference), "the HintPath of " + include,
                        package.Version + ", as in " + package.Place, found, "write the same version in both");
                }

                // The launcher of the tests has no version.
                Match version = Regex.Match(include, @"Version=(\d+\.\d+\.\d+)\.0,");

                if (version.Groups[1].Value != package.Version && version.Groups[1].Value != "0.0.0")
                {
                    yield return new Problem(
                        project.PlaceOf(reference), "the version of the reference " + include.Split(',')[0],
                        package.Version + ".0, as in " + package.Place, include, "write the same version in both");
                }
            }

            foreach (var package in packages.Values.Where(package => !used.Contains(package.Id)))
            {
                yield return new Problem(
                    package.Place, "package " + package.Id, "a Reference to it in " + project.File, "none",
                    "add the reference, or take the package away");
            }
        }

        // ---- the package of the library

        private IEnumerable<Problem> CheckNuspec(string leader)
        {
            string text = _repository.Read(NUSPEC);
            XElement[] elements = XDocument.Parse(text, LoadOptions.SetLineInfo).Descendants().ToArray();
            XElement version = elements.First(element => element.Name.LocalName == "version");
            string assemblyVersion = _assembly.Version.ToString(3);

            if (version.Value != assemblyVersion)
            {
                yield return new Problem(
                    PlaceOf(NUSPEC, version), "the version of the package",
                    assemblyVersion + ", as AssemblyVersion in " + INFO, version.Value, "write the same version in both");
            }

            var dependencies = elements.Where(element => element.Name.LocalName == "dependency")
                .ToDictionary(element => element.Attribute("id").Value);

            foreach ((string id, string wanted, Place place) in Packages(leader))
            {
                string found = dependencies.TryGetValue(id, out XElement dependency)
                    ? dependency.Attribute("version").Value : "none";

                if (found != wanted)
                {
                    yield return new Problem(
                        dependency == null ? new Place(NUSPEC) : PlaceOf(NUSPEC, dependency), "dependency " + id,
                        wanted + ", as in " + place, found, "write the same version in both");
                }

                dependencies.Remove(id);
            }

            foreach (XElement dependency in dependencies.Values)
            {
                yield return new Problem(
                    PlaceOf(NUSPEC, dependency), "dependency " + dependency.Attribute("id").Value,
                    "the package in " + leader, "none", "add it there, or take the dependency away");
            }

            if (_assembly.NativeVersion == null)
            {
                yield return new Problem(
                    new Place(INFO), "AssemblyNativeVersion", "[assembly: AssemblyNativeVersion(\"1.0.0.0\")]", "none",
                    "add it: without it there is no table of natives");
                yield break;
            }

            const string SENTENCE = @"the natives of K230\.Sockets \S+ with checksum \w+";
            string sum = "0x" + Checksum.V1(_assembly.Name, _assembly.Slots()).ToString("X8");
            string should = "the natives of K230.Sockets " + _assembly.NativeVersion + " with checksum " + sum;
            Match sentence = Regex.Match(text, SENTENCE);

            if (sentence.Value != should)
            {
                bool isThere = sentence.Success;
                yield return new Problem(
                    new Place(NUSPEC, isThere ? 1 + text.Take(sentence.Index).Count(c => c == '\n') : 0),
                    "what the package asks of the firmware", should, isThere ? sentence.Value : "no such sentence",
                    isThere ? Repository.FIX : "end the description with that sentence",
                    isThere ? () => _repository.Write(NUSPEC, Regex.Replace(text, SENTENCE, should)) : (Action)null);
            }
        }

        // ---- the core library, which is restored and not declared

        private static Group RestoredVersion(Repository repository)
        {
            return Regex.Match(repository.Read(TARGETS), "<CoreLibraryVersion>(.+)</CoreLibraryVersion>").Groups[1];
        }

        private IEnumerable<Problem> CheckRestored(Dictionary<string, (string Version, Place Place)> versions)
        {
            Group restored = RestoredVersion(_repository);
            (string version, Place place) = versions[CORE_LIBRARY];

            if (restored.Value != version)
            {
                int line = 1 + _repository.Read(TARGETS).Take(restored.Index).Count(c => c == '\n');

                yield return new Problem(
                    new Place(TARGETS, line), "CoreLibraryVersion", version + ", as in " + place, restored.Value,
                    "write the same version in both, then build again");
            }
        }

        // ---- the declarations that stand for the other packages

        private IEnumerable<Problem> CheckSurface(Dictionary<string, (string Version, Place Place)> versions)
        {
            string text = _repository.Read(SURFACE);

            foreach ((string id, (string version, Place place)) in versions.Where(package => package.Key != CORE_LIBRARY))
            {
                Match row = Regex.Match(text, @"\| " + Regex.Escape(id) + @" (\S+) \|");

                if (row.Groups[1].Value != version)
                {
                    yield return new Problem(
                        new Place(SURFACE, 1 + text.Take(row.Index).Count(c => c == '\n')), "the declarations of " + id,
                        version + ", as in " + place, row.Success ? row.Groups[1].Value : "none",
                        "bring the declarations of tools/Surface to that version, then write it into the list");
                }
            }
        }
    }
}
