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
    /// Versions against each other. nano.props says which packages the projects refer to and is right; every
    /// packages.config, the nuspec and the list of tools/Surface follow it. What the package asks of the firmware is what
    /// AssemblyInfo.cs and the assembly say.
    /// </summary>
    public sealed class Versions
    {
        private const string Props = "nano.props";
        private const string Nuspec = "interop/K230.Sockets/K230.Sockets.nuspec";
        private const string Info = "interop/K230.Sockets/Properties/AssemblyInfo.cs";
        private const string Surface = "tools/Surface/README.md";
        private const string CoreLibraryPackage = "nanoFramework.CoreLibrary";

        private readonly Repository _repository;
        private readonly NanoAssembly _assembly;

        /// <summary>The versions that go with an assembly.</summary>
        public Versions(Repository repository, NanoAssembly assembly)
        {
            _repository = repository;
            _assembly = assembly;
        }

        /// <summary>Where the build puts the real mscorlib of the version that the projects refer to.</summary>
        public static string CoreLibrary(Repository repository)
        {
            string version = Referred(repository).First(package => package.Id == CoreLibraryPackage).Version;

            return "build/nano/CoreLibrary." + version + "/mscorlib.dll";
        }

        /// <summary>What differs.</summary>
        public IEnumerable<Problem> Check()
        {
            (string Id, string Version, Place Place, bool OfTests)[] referred = Referred(_repository).ToArray();

            return NanoProject.All(_repository).SelectMany(project => CheckPackages(project, referred))
                .Concat(CheckNuspec(referred)).Concat(CheckSurface(referred));
        }

        // Each package once: the first reference out of its lib folder. Those of the tests stand under a condition.
        private static IEnumerable<(string Id, string Version, Place Place, bool OfTests)> Referred(Repository repository)
        {
            XDocument props = XDocument.Parse(repository.Read(Props), LoadOptions.SetLineInfo);

            return props.Descendants().Where(element => element.Name.LocalName == "HintPath").Select(hint =>
            {
                Match path = Regex.Match(hint.Value, @"^\$\(NanoPackages\)(.+)\.\$\((\w+)\)\\lib\\");
                XElement version = props.Descendants().FirstOrDefault(
                    element => element.Name.LocalName == path.Groups[2].Value);

                return version != null
                    ? (path.Groups[1].Value, version.Value, PlaceOf(Props, version),
                        hint.Parent.Parent.Attribute("Condition") != null)
                    : throw new FormatException(
                        PlaceOf(Props, hint) + ": not of the form $(NanoPackages)PACKAGE.$(VERSION)\\lib\\FILE: " + hint.Value);
            }).DistinctBy(package => package.Item1);
        }

        private static Place PlaceOf(string file, XElement element) =>
            new Place(file, ((IXmlLineInfo)element).LineNumber);

        // ---- the packages of a project, which NuGet restores

        private IEnumerable<Problem> CheckPackages(
            NanoProject project, IEnumerable<(string Id, string Version, Place Place, bool OfTests)> referred)
        {
            bool isTest = project.Elements("IsTestProject").Any();
            Dictionary<string, XElement> packages =
                XDocument.Parse(_repository.Read(project.Packages), LoadOptions.SetLineInfo).Descendants("package")
                    .ToDictionary(package => package.Attribute("id").Value);

            foreach ((string id, string version, Place place, bool ofTests) in referred)
            {
                if (ofTests && !isTest)
                {
                    continue;
                }

                string found = packages.Remove(id, out XElement package) ? package.Attribute("version").Value : "none";

                if (found != version)
                {
                    yield return new Problem(
                        package == null ? new Place(project.Packages) : PlaceOf(project.Packages, package), "package " + id,
                        version + ", as in " + place, found, "write the same version in both");
                }
            }

            foreach (XElement package in packages.Values)
            {
                yield return new Problem(
                    PlaceOf(project.Packages, package), "package " + package.Attribute("id").Value,
                    "a Reference to it in " + Props, "none", "add the reference, or take the package away");
            }
        }

        // ---- the package of the library

        private IEnumerable<Problem> CheckNuspec(
            IEnumerable<(string Id, string Version, Place Place, bool OfTests)> referred)
        {
            string text = _repository.Read(Nuspec);
            XElement[] elements = XDocument.Parse(text, LoadOptions.SetLineInfo).Descendants().ToArray();
            XElement version = elements.First(element => element.Name.LocalName == "version");
            string assemblyVersion = _assembly.Version.ToString(3);

            if (version.Value != assemblyVersion)
            {
                yield return new Problem(
                    PlaceOf(Nuspec, version), "the version of the package",
                    assemblyVersion + ", as AssemblyVersion in " + Info, version.Value, "write the same version in both");
            }

            var dependencies = elements.Where(element => element.Name.LocalName == "dependency")
                .ToDictionary(element => element.Attribute("id").Value);

            foreach ((string id, string wanted, Place place, _) in referred.Where(package => !package.OfTests))
            {
                string found = dependencies.TryGetValue(id, out XElement dependency)
                    ? dependency.Attribute("version").Value : "none";

                if (found != wanted)
                {
                    yield return new Problem(
                        dependency == null ? new Place(Nuspec) : PlaceOf(Nuspec, dependency), "dependency " + id,
                        wanted + ", as in " + place, found, "write the same version in both");
                }

                dependencies.Remove(id);
            }

            foreach (XElement dependency in dependencies.Values)
            {
                yield return new Problem(
                    PlaceOf(Nuspec, dependency), "dependency " + dependency.Attribute("id").Value,
                    "the package in " + Props, "none", "add it there, or take the dependency away");
            }

            if (_assembly.NativeVersion == null)
            {
                yield return new Problem(
                    new Place(Info), "AssemblyNativeVersion", "[assembly: AssemblyNativeVersion(\"1.0.0.0\")]", "none",
                    "add it: without it there is no table of natives");
                yield break;
            }

            const string Sentence = @"the natives of K230\.Sockets \S+ with checksum \w+";
            string sum = "0x" + Checksum.V1(_assembly.Name, _assembly.Slots()).ToString("X8");
            string should = "the natives of K230.Sockets " + _assembly.NativeVersion + " with checksum " + sum;
            Match sentence = Regex.Match(text, Sentence);

            if (sentence.Value != should)
            {
                bool isThere = sentence.Success;
                yield return new Problem(
                    new Place(Nuspec, isThere ? 1 + text.Take(sentence.Index).Count(c => c == '\n') : 0),
                    "what the package asks of the firmware", should, isThere ? sentence.Value : "no such sentence",
                    isThere ? Repository.Fix : "end the description with that sentence",
                    isThere ? () => _repository.Write(Nuspec, Regex.Replace(text, Sentence, should)) : (Action)null);
            }
        }

        // ---- the declarations that stand for the other packages

        private IEnumerable<Problem> CheckSurface(
            IEnumerable<(string Id, string Version, Place Place, bool OfTests)> referred)
        {
            string text = _repository.Read(Surface);

            foreach ((string id, string version, Place place, _) in
                referred.Where(package => package.Id != CoreLibraryPackage))
            {
                Match row = Regex.Match(text, @"\| " + Regex.Escape(id) + @" (\S+) \|");

                if (row.Groups[1].Value != version)
                {
                    yield return new Problem(
                        new Place(Surface, 1 + text.Take(row.Index).Count(c => c == '\n')), "the declarations of " + id,
                        version + ", as in " + place, row.Success ? row.Groups[1].Value : "none",
                        "bring the declarations of tools/Surface to that version, then write it into the list");
                }
            }
        }
    }
}
