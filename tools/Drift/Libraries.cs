// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;

namespace K230.Drift
{
    /// <summary>The libraries that our assemblies derive from: the real mscorlib, and what tools/Surface declares.</summary>
    public sealed class Libraries : IDisposable
    {
        private const string Surfaces = "tools/Surface";

        private readonly List<NanoAssembly> _all = new List<NanoAssembly>();

        /// <summary>Opens those of a repository, as they were built last.</summary>
        public Libraries(Repository repository)
        {
            _all.Add(new NanoAssembly(repository.Absolute(Versions.CoreLibrary(repository))));

            foreach (string project in repository.Files(Surfaces, "*.proj"))
            {
                string name = Path.GetFileNameWithoutExtension(project);
                string assembly = repository.Absolute("build/nano/" + name + "/" + name + ".dll");

                // Only what one of the projects refers to is built.
                if (File.Exists(assembly))
                {
                    _all.Add(new NanoAssembly(assembly, _all.ToArray()));
                }
            }
        }

        /// <summary>Gets them, each after those that it derives from.</summary>
        public NanoAssembly[] All
        {
            get { return _all.ToArray(); }
        }

        /// <summary>Closes their files.</summary>
        public void Dispose()
        {
            foreach (NanoAssembly assembly in _all)
            {
                assembly.Dispose();
            }
        }
    }
}
