#include "deployed.h"

#include "pe.h"

#include "k230_store.h"

namespace k230
{

namespace
{

const char AGAIN[] = "; deploy the app again";

} // namespace

bool ReadDeployed(const struct k230_store &store, App &app, std::string &error)
{
    struct k230_assembly assembly;
    uint32_t at = 0;
    int found;

    app = App();
    app.folder = "the deployment store";
    app.isDeployed = true;
    error.clear();

    while ((found = k230_store_next(&store, &at, &assembly)) == 1) {
        AppAssembly file;

        file.bytes.assign(assembly.bytes, assembly.bytes + assembly.length);
        file.line.name = AssemblyName(file.bytes);
        file.line.version = Version(file.bytes);
        file.line.bytes = assembly.length;
        file.line.natives = assembly.natives;
        file.path = "deployed assembly " +
                    (file.line.name.empty() ? std::to_string(app.assemblies.size() + 1) : file.line.name);

        for (const AppAssembly &other : app.assemblies) {
            if (!file.line.name.empty() && other.line.name == file.line.name) {
                error = file.path + " is there twice" + AGAIN;
                return false;
            }
        }
        if (app.assemblies.size() == K230_APP_ASSEMBLIES) {
            error = "more than " + std::to_string(K230_APP_ASSEMBLIES) +
                    " assemblies are deployed, and nanoCLR loads no more";
            return false;
        }
        if (HasMain(file.bytes)) {
            if (!app.start.empty()) {
                error = "the deployed assemblies " + app.start + " and " + file.line.name + " both have a Main" +
                        AGAIN + ", with one program among its assemblies";
                return false;
            }
            app.start = file.line.name;
        }

        app.assemblies.push_back(file);
    }

    if (found < 0) {
        error = "what is deployed is damaged behind its " + std::to_string(app.assemblies.size()) +
                " first assemblies, at byte " + std::to_string(at) + AGAIN;
        return false;
    }
    if (app.assemblies.empty()) {
        return false;
    }
    if (app.start.empty()) {
        error = "none of the " + std::to_string(app.assemblies.size()) +
                " deployed assemblies has a Main; deploy a program, or test assemblies with UnitTestLauncher";
        return false;
    }

    return true;
}

} // namespace k230
