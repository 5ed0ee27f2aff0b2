using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A node of a network: its own parameters and buffers, and named children, in the order of registration.</summary>
        public partial class Module : IDisposable
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
