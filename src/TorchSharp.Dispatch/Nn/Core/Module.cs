using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp.Dispatching;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A node of a network: its own parameters and buffers, and named children, in the order of registration.</summary>
        public class Module : IDisposable
        {
            private readonly OrderedDictionary<string, Parameter> registeredParameters = [];
            private readonly OrderedDictionary<string, (Tensor Tensor, bool Persistent)> registeredBuffers = [];
            private readonly OrderedDictionary<string, Module> registeredModules = [];
            private bool componentsRegistered;

            protected string? name;

            protected Module(string name) => this.name = name;

            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => string.IsNullOrEmpty(name) ? GetType().Name : name;

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var child in children()) child.train(train);
            }

            public virtual void eval() => train(false);

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var child in children()) child.apply(fn);
                fn(this);
                return this;
            }

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else gradient.zero_();
                }
            }

            public virtual IEnumerable<(string name, Module module)> named_children() =>
                registeredModules.Select(entry => (entry.Key, entry.Value));

            public virtual IEnumerable<Module> children() => named_children().Select(child => child.module);

            /// <summary>Every module below this one, not this one itself: children first, then theirs.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in named_children()) yield return child;
                foreach (var (childName, child) in named_children())
                    foreach (var (below, module) in child.named_modules())
                        yield return ($"{childName}.{below}", module);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(entry => entry.module);

            /// <summary>Each parameter once, under the first name by which it is reached.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                Once(
                    registeredParameters.Select(entry => (entry.Key, entry.Value)),
                    recurse ? Below(child => child.named_parameters()) : []);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(entry => entry.parameter);

            /// <summary>Each persistent buffer once. TorchSharp leaves the others out whatever <paramref name="include_nonpersistent"/> says.</summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) =>
                Once(
                    registeredBuffers.Where(entry => entry.Value.Persistent).Select(entry => (entry.Key, entry.Value.Tensor)),
                    recurse ? Below(child => child.named_buffers(true, include_nonpersistent)) : []);

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(entry => entry.buffer);

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            public virtual Parameter? get_parameter(string target)
            {
                ArgumentNullException.ThrowIfNull(target);
                return registeredParameters.TryGetValue(target, out var parameter)
                    ? parameter
                    : Descend(target, (child, rest) => child.get_parameter(rest));
            }

            public virtual Tensor? get_buffer(string target)
            {
                ArgumentNullException.ThrowIfNull(target);
                return registeredBuffers.TryGetValue(target, out var buffer)
                    ? buffer.Tensor
                    : Descend(target, (child, rest) => child.get_buffer(rest));
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                ArgumentNullException.ThrowIfNull(param);
                if (!registeredParameters.TryAdd(name, param))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                ArgumentNullException.ThrowIfNull(tensor);
                if (!registeredBuffers.TryAdd(name, (tensor, persistent)))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
            }

            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Adds a child; a null child removes the one of that name.</summary>
            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null)
                {
                    registeredModules.Remove(name);
                    return;
                }
                if (string.IsNullOrEmpty(name)) throw new ArgumentException("module name can't be empty string \"\"", nameof(name));
                if (name.Contains('.')) throw new ArgumentException($"module name can't contain \".\", got: {name}", nameof(name));
                if (registeredModules.ContainsKey(name)) throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                registeredModules.Add(name, submodule);
            }

            /// <summary>
            /// Registers this object's fields of type Module, Parameter and Tensor under their names, which become the keys of the state dict.
            /// </summary>
            /// <exception cref="InvalidOperationException">A component is held by an auto-property, whose field has a compiler-made name.</exception>
            protected virtual void RegisterComponents()
            {
                if (componentsRegistered) return;
                foreach (var field in Fields(GetType()))
                {
                    var key = field.ComponentName();
                    if (registeredModules.ContainsKey(key) || registeredParameters.ContainsKey(key) || registeredBuffers.ContainsKey(key)) continue;
                    var value = field.GetValue(this);
                    if (value is Module or Tensor && key.Contains('<')) throw HeldByAutoProperty(field);
                    switch (value)
                    {
                        case Module module: register_module(key, module); break;
                        case Parameter parameter: register_parameter(key, parameter); break;
                        case Tensor tensor: register_buffer(key, tensor); break;
                    }
                }
                componentsRegistered = true;
            }

            protected void ClearModules() => registeredModules.Clear();

            protected void ConditionallyRegisterParameter(string name, Tensor? value) =>
                ConditionallyRegisterParameter(name, value as Parameter);

            /// <summary>Sets the parameter of that name, or removes it where the value is null.</summary>
            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                if (value is null) registeredParameters.Remove(name);
                else registeredParameters[name] = value;
            }

            /// <summary>Sets the buffer of that name, or removes it where the value is null.</summary>
            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is null) registeredBuffers.Remove(name);
                else registeredBuffers[name] = (value, persistent);
            }

            /// <summary>
            /// The live parameters and persistent buffers by key: all parameters first, then all buffers, each in the order of registration
            /// (PyTorch has them module by module).
            /// </summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var start = string.IsNullOrEmpty(prefix) ? "" : $"{prefix}.";
                foreach (var (key, parameter) in named_parameters()) destination.TryAdd(start + key, parameter);
                foreach (var (key, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(start + key, buffer);
                foreach (var (key, child) in named_children()) child.state_dict(destination, start + key);
                return destination;
            }

            /// <summary>Copies values into the parameters and buffers that are there; no object is replaced. Shapes are broadcast.</summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                bool Considered(string key) => skip is null || !skip.Contains(key);
                var missing = destination.Keys.Where(key => Considered(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => Considered(key) && !destination.ContainsKey(key)).ToList();
                if (strict && missing.Count + unexpected.Count > 0)
                {
                    throw new InvalidOperationException(
                        "The loaded state_dict is not identical to the target dictionary." +
                        $" Missing: [{string.Join(", ", missing)}]. Unexpected: [{string.Join(", ", unexpected)}].");
                }

                using var _ = no_grad();
                foreach (var (key, value) in source)
                    if (Considered(key) && destination.TryGetValue(key, out var target)) target.copy_(value);
                return (missing, unexpected);
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Frees the parameters and buffers of this module and of every module below it.</summary>
            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var parameter in registeredParameters.Values) parameter.DetachFromDisposeScope().Dispose();
                foreach (var (buffer, _) in registeredBuffers.Values) buffer.DetachFromDisposeScope().Dispose();
                foreach (var child in children()) child.Dispose();
            }

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                RequireFloatingPoint(dtype);
                _toEpilog(dtype, device, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                RequireFloatingPoint(dtype);
                _toEpilog(dtype, null, non_blocking);
                return this;
            }

            /// <summary>
            /// Moves and converts: what is not yet as wanted is replaced by a new Parameter or Tensor, which the field or property of that name is set to.
            /// </summary>
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (device?.type == DeviceType.CUDA && !cuda.is_available()) throw new InvalidOperationException("CUDA is not available.");
                foreach (var child in children())
                {
                    if (device is null) child._to(dtype!.Value, non_blocking);
                    else if (dtype is null) child._to(device.type, device.index, non_blocking);
                    else child._to(device, dtype.Value, non_blocking);
                }

                foreach (var (key, parameter) in named_parameters(false).ToList())
                {
                    if (!Conversion.Parameter(parameter, dtype, device, non_blocking, out var moved)) continue;
                    ConditionallyRegisterParameter(key, moved);
                    SetMember(key, moved);
                    parameter.Dispose();
                }
                foreach (var (key, buffer) in named_buffers(false).ToList())
                {
                    if (!Conversion.Buffer(buffer, dtype, device, non_blocking, out var moved)) continue;
                    ConditionallyRegisterBuffer(key, moved);
                    SetMember(key, moved);
                    buffer.Dispose();
                }
            }

            /// <summary>Puts a parameter in the place of the one of the property's name and frees that one.</summary>
            private protected void ReplaceParameter(Parameter? value, [CallerMemberName] string property = "")
            {
                var previous = registeredParameters.GetValueOrDefault(property);
                if (ReferenceEquals(previous, value)) return;
                value?.DetachFromDisposeScope();
                ConditionallyRegisterParameter(property, value);
                previous?.Dispose();
            }

            /// <summary>Puts a buffer in the place of the one of the property's name and frees that one.</summary>
            private protected void ReplaceBuffer(Tensor? value, [CallerMemberName] string property = "")
            {
                var previous = registeredBuffers.GetValueOrDefault(property).Tensor;
                if (ReferenceEquals(previous, value)) return;
                value?.DetachFromDisposeScope();
                ConditionallyRegisterBuffer(property, value);
                previous?.Dispose();
            }

            /// <summary>Adds a child under any name and without registering its fields, as Sequential does.</summary>
            private protected void Append(string name, Module child) => registeredModules.Add(name, child);

            private static void RequireFloatingPoint(ScalarType dtype)
            {
                if (!Conversion.IsFloatingPointOrComplex(dtype))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}", nameof(dtype));
            }

            private static InvalidOperationException HeldByAutoProperty(FieldInfo field)
            {
                var property = field.Name.TrimStart('<').Split('>')[0];
                return new InvalidOperationException(
                    $"{field.DeclaringType?.Name}.{property} is an auto-property: the field behind it is named \"{field.Name}\", " +
                    $"which would be its key in the state dict. Make it a field, or write [field: ComponentName(Name = \"{property}\")] on it.");
            }

            private static IEnumerable<FieldInfo> Fields(Type type)
            {
                const BindingFlags declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
                var seen = new HashSet<string>();
                for (Type? current = type; current is not null && current != typeof(Module); current = current.BaseType)
                    foreach (var field in current.GetFields(declared))
                        if (seen.Add(field.Name)) yield return field;
            }

            private void SetMember(string key, Tensor? value)
            {
                var property = GetType().GetProperty(key, BindingFlags.Public | BindingFlags.Instance);
                if (property is { CanWrite: true }) property.SetValue(this, value);
                else Fields(GetType()).FirstOrDefault(field => field.ComponentName() == key)?.SetValue(this, value);
            }

            private IEnumerable<(string, T)> Below<T>(Func<Module, IEnumerable<(string, T)>> select) =>
                named_children().SelectMany(child => select(child.module).Select(entry => ($"{child.name}.{entry.Item1}", entry.Item2)));

            private static IEnumerable<(string, T)> Once<T>(IEnumerable<(string, T)> own, IEnumerable<(string, T)> below) where T : Tensor
            {
                var seen = new HashSet<IntPtr>();
                foreach (var entry in own.Concat(below))
                    if (seen.Add(entry.Item2.Handle)) yield return entry;
            }

            private T? Descend<T>(string target, Func<Module, string, T?> find) where T : class
            {
                var dot = target.IndexOf('.', StringComparison.Ordinal);
                if (dot < 0) return null;
                var (head, rest) = (target[..dot], target[(dot + 1)..]);
                return named_children().Where(child => child.name == head).Select(child => find(child.module, rest)).FirstOrDefault(found => found is not null);
            }
        }
    }
}
