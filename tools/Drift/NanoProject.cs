// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml;
using System.Xml.Linq;

namespace K230.Drift
{
    /// <summary>A project for devices: an .nfproj file with its packages.config.</summary>
    public sealed class NanoProject
    {
        private readonly XDocument _document;

        /// <summary>Reads a project.</summary>
        public NanoProject(Repository repository, string file)
        {
            File = file;
            Packages = repository.Beside(file, "packages.config");
            _document = XDocument.Parse(repository.Read(file), LoadOptions.SetLineInfo);
        }

        /// <summary>Gets the .nfproj file.</summary>
        public string File { get; }

        /// <summary>Gets the packages.config beside it.</summary>
        public string Packages { get; }

        /// <summary>Gets the name of the assembly.</summary>
        public string AssemblyName
        {
            get { return Elements("AssemblyName").First().Value; }
        }

        /// <summary>Gets where the stand-in for the project system puts the assembly.</summary>
        public string Assembly
        {
            get
            {
                string extension = Elements("OutputType").First().Value == "Exe" ? ".exe" : ".dll";

                return "build/nano/" + Path.GetFileNameWithoutExtension(File) + "/" + AssemblyName + extension;
            }
        }

        /// <summary>All projects for devices.</summary>
        public static IReadOnlyList<NanoProject> All(Repository repository) =>
            repository.Files(".", "*.nfproj").Select(file => new NanoProject(repository, file)).ToList();

        /// <summary>The elements of that name, wherever they stand.</summary>
        public IEnumerable<XElement> Elements(string name) =>
            _document.Descendants().Where(element => element.Name.LocalName == name);

        /// <summary>Where an element stands.</summary>
        public Place PlaceOf(XElement element) => new Place(File, ((IXmlLineInfo)element).LineNumber);
    }
}
